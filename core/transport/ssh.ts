import { FluxError } from '../sys/errors';
import type { Transport } from './transport';

/** What an ssh:// URI names: `ssh://[user@]host[:port]/path` (wire.md §5). */
export interface SshUri {
  host: string;
  port: string | undefined;
  path: string;
}

/** Splits the part behind `ssh://`. EINVAL without host or path, or with a query or fragment. */
export function parseSshUri(rest: string): SshUri {
  const match = /^([^/:?#]+)(?::(\d+))?(\/[^?#]+)$/.exec(rest);
  if (!match) throw new FluxError('EINVAL');
  return { host: match[1]!, port: match[2], path: match[3]! };
}

/** Connects through `flux relay` on another host, started by ssh (wire.md §5). */
export async function connectSsh(rest: string, _env: Record<string, string | undefined>): Promise<Transport> {
  parseSshUri(rest);
  throw new FluxError('ENOSYS', 'the ssh connector is not available yet');
}
