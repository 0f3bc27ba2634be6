import { type PmiClient, PmiError } from './client';
import { PmiCode, pmiText } from './wire';

/** A client that tells of every operation and its result: `kvs_get (key=foo) = invalid key argument`. */
export function traced(client: PmiClient, tell: (text: string) => void): PmiClient {
  async function watch<T>(operation: string, args: string, result: Promise<T>, show: (value: T) => string = () => ''): Promise<T> {
    try {
      const value = await result;
      tell(`${operation} (${[args, show(value)].filter(Boolean).join(' ')}) = ${pmiText(PmiCode.success)}`);
      return value;
    } catch (e) {
      tell(`${operation} (${args}) = ${e instanceof PmiError ? pmiText(e.pmiCode) : String(e)}`);
      throw e;
    }
  }
  return {
    rank: client.rank,
    size: client.size,
    init: () => watch('init', '', client.init()),
    maxes: () => watch('get_maxes', '', client.maxes(), ({ kvsname, key, value }) => `kvsname=${kvsname} key=${key} value=${value}`),
    kvsname: () => watch('get_my_kvsname', '', client.kvsname(), (name) => `kvsname=${name}`),
    universeSize: () => watch('get_universe_size', '', client.universeSize(), (size) => `size=${size}`),
    appnum: () => watch('get_appnum', '', client.appnum(), (appnum) => `appnum=${appnum}`),
    put: (key, value) => watch('kvs_put', `key=${key} value=${value}`, client.put(key, value)),
    get: (key) => watch('kvs_get', `key=${key}`, client.get(key), (value) => `value=${value}`),
    barrier: () => watch('barrier', '', client.barrier()),
    abort(exitCode, message) {
      tell(`abort (exitcode=${exitCode}${message === undefined ? '' : ` error_msg=${message}`})`);
      client.abort(exitCode, message);
    },
    finalize: () => watch('finalize', '', client.finalize()),
    close: () => client.close(),
  };
}
