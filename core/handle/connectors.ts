import { Role, USERID_UNKNOWN } from '../message';
import { FluxError } from '../sys/errors';
import { connectLocal } from '../transport/local';
import { LoopTransport } from '../transport/loop';
import type { Transport } from '../transport/transport';

/** The system instance, where FLUX_URI names no other. */
export const systemUri = 'local:///run/flux/local';
/** Attributes of a handle that is its own broker. */
export const loopAttributes = { rank: '0', size: '1', 'tbon.fanout': '2' };

type Env = Record<string, string | undefined>;

/** Connectors by URI scheme (flux_open(3)). */
const connectors: Record<string, (path: string, env: Env) => Promise<Transport>> = {
  local: (path, env) => connectLocal(path, { retries: retriesFrom(env) }),
  loop: async () => new LoopTransport(process.getuid?.() ?? USERID_UNKNOWN),
  ssh: async (path, env) => (await import('../transport/ssh.js')).connectSsh(path, env),
};

/** The connector of a scheme; undefined if there is none. */
export const connectorOf = (scheme: string) => (Object.hasOwn(connectors, scheme) ? connectors[scheme] : undefined);

function retriesFrom(env: Env): number {
  const text = env['FLUX_LOCAL_CONNECTOR_RETRY_COUNT'];
  if (text === undefined) return 5;
  if (!/^\d+$/.test(text)) throw new FluxError('EINVAL');
  return Number(text);
}

/** FLUX_HANDLE_USERID and FLUX_HANDLE_ROLEMASK: what every message sent is to have. EINVAL: malformed. */
export function credentialsFrom(env: Env): { userid: number; rolemask: number } | undefined {
  const { FLUX_HANDLE_USERID: userid, FLUX_HANDLE_ROLEMASK: rolemask } = env;
  if (userid === undefined && rolemask === undefined) return undefined;
  return {
    userid: userid === undefined ? USERID_UNKNOWN : uint32(userid, /^\d+$/),
    rolemask: rolemask === undefined ? Role.none : uint32(rolemask, /^(0x[0-9a-f]+|\d+)$/i),
  };
}

function uint32(text: string, form: RegExp): number {
  if (!form.test(text) || Number(text) > 0xffffffff) throw new FluxError('EINVAL');
  return Number(text);
}
