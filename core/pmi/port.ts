import net from 'node:net';
import { FluxError } from '../sys/errors';
import { PmiWireClient } from './client';
import { LineReader } from './line-reader';
import { integerOf, wordOf } from './wire';

/**
 * A PMI client whose server listens on a port, as MPICH's Hydra does with `-pmi-port`: the process names itself by its PMI_ID, and the server says which rank of how
 * many that is. `place` is PMI_PORT, `HOST:PORT`. Throws EINVAL for another form, EPROTO for a server that does not answer so, else the errno of the connection.
 */
export async function connectPmi(place: string, id: string): Promise<PmiWireClient> {
  const [, host, port] = /^(?:\[(?=.*\]:))?(.+?)\]?:(\d+)$/.exec(place) ?? [];
  if (host === undefined || !/^\d+$/.test(id)) throw new FluxError('EINVAL', `PMI_PORT=${place} PMI_ID=${id}: not an address and a number`);
  const socket = net.connect({ host, port: Number(port), allowHalfOpen: true });
  try {
    const { rank, size } = await introduce(socket, id);
    return new PmiWireClient(socket, rank, size);
  } catch (e) {
    socket.destroy();
    throw e;
  }
}

/** Says who this is. The answer: `cmd=initack`, and a line `cmd=set NAME=VALUE` each for size, rank and debug. */
function introduce(socket: net.Socket, id: string): Promise<{ rank: number; size: number }> {
  return new Promise((resolve, reject) => {
    const values = new Map<string, number>();
    const reader = new LineReader((line) => {
      if (wordOf(line, 'cmd') === 'initack') return;
      const name = ['size', 'rank', 'debug'].find((key) => integerOf(line, key) !== undefined);
      if (wordOf(line, 'cmd') !== 'set' || name === undefined) throw new FluxError('EPROTO');
      values.set(name, integerOf(line, name)!);
      if (values.size < 3) return;
      socket.off('data', take).off('error', reject).off('end', ended);
      resolve({ rank: values.get('rank')!, size: values.get('size')! });
    });
    const take = (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch (e) {
        reject(e);
      }
    };
    const ended = () => reject(new FluxError('ECONNRESET'));
    socket.on('data', take).on('error', reject).on('end', ended);
    socket.write(`cmd=initack pmiid=${id}\n`);
  });
}
