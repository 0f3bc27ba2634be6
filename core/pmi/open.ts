import { FluxError } from '../sys/errors';
import { streamFromFd } from '../sys/fds';
import { type PmiClient, PmiSingleton, PmiWireClient } from './client';
import { connectPmi } from './port';
import { traced } from './trace';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The PMI client that a process's environment asks for (contract/broker.md §12): the wire protocol on PMI_FD where PMI_FD, PMI_RANK and PMI_SIZE are all
 * set, on a connection to PMI_PORT where that and PMI_ID are, else the singleton. The descriptor belongs to the client. With FLUX_PMI_DEBUG each operation
 * is told to `trace`, a line without newline. EINVAL for numbers that are none.
 */
export async function openPmi(env: Env, trace: (line: string) => void): Promise<PmiClient> {
  const client = await choose(env);
  if (env['FLUX_PMI_DEBUG'] === undefined) return client;
  const kind = client instanceof PmiSingleton ? 'single' : 'wire.1';
  return traced(client, (text) => trace(`pmi-debug-${kind}[${client.rank}]: ${text}`));
}

async function choose(env: Env): Promise<PmiClient> {
  const { PMI_FD: fd, PMI_RANK: rank, PMI_SIZE: size, PMI_PORT: port, PMI_ID: id } = env;
  if (fd === undefined || rank === undefined || size === undefined) {
    return port === undefined || id === undefined ? new PmiSingleton() : connectPmi(port, id);
  }
  return new PmiWireClient(streamFromFd(number('PMI_FD', fd)), number('PMI_RANK', rank), number('PMI_SIZE', size));
}

function number(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new FluxError('EINVAL', `${name}=${text}: not a number`);
  return Number(text);
}
