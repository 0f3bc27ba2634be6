import { defineModule, FluxError, isJsonObject, kvs } from '../../../core';

const APPEND = 32;
const READDIR = 1;

/** A KVS of one flat map, for tests of services that only commit and look up values. `delay` commits wait for it. */
export class FakeKvs {
  readonly values = new Map<string, Buffer>();
  /** Number of transactions so far. */
  commits = 0;
  /** Set to hold back, or to fail, the commits that follow. */
  gate: Promise<void> | undefined;
  /** What lookups of a key wait for. */
  lookupGate: (key: string) => Promise<void> | undefined = () => undefined;

  text(key: string): string | undefined {
    return this.values.get(key)?.toString('utf8');
  }

  /** The module, named `kvs`. */
  get module() {
    return defineModule({
      name: 'kvs',
      api: 1,
      main: (m) => {
        m.serve('commit', {}, async (_, request) => {
          const { ops } = kvs.commit.read(request.message);
          await this.gate;
          this.commits++;
          for (const op of ops as Op[]) this.#apply(op);
          return { rootref: '', rootseq: this.commits };
        });
        m.serve('lookup', {}, async (_, request) => {
          const { key, flags } = kvs.lookup.read(request.message);
          await this.lookupGate(key);
          return { val: flags & READDIR ? this.#directory(key) : this.#value(key) };
        });
      },
    });
  }

  #apply({ key, flags, dirent }: Op): void {
    if (!isJsonObject(dirent)) {
      for (const known of [...this.values.keys()]) if (known === key || known.startsWith(`${key}.`)) this.values.delete(known);
      return;
    }
    const data = Buffer.from(String(dirent['data']), 'base64');
    const old = flags & APPEND ? this.values.get(key) : undefined;
    this.values.set(key, old ? Buffer.concat([old, data]) : data);
  }

  #value(key: string) {
    const value = this.values.get(key);
    if (!value) throw new FluxError('ENOENT');
    return { ver: 1, type: 'val', data: value.toString('base64') };
  }

  #directory(key: string) {
    const data: Record<string, object> = {};
    for (const known of this.values.keys()) {
      if (!known.startsWith(`${key}.`)) continue;
      const [name, ...below] = known.slice(key.length + 1).split('.');
      data[name!] = below.length > 0 ? { ver: 1, type: 'dirref', data: [] } : { ver: 1, type: 'val', data: '' };
    }
    if (Object.keys(data).length === 0) throw new FluxError('ENOENT');
    return { ver: 1, type: 'dir', data };
  }
}

interface Op {
  key: string;
  flags: number;
  dirent: unknown;
}
