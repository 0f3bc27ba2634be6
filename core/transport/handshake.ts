import type { Duplex } from 'node:stream';
import { errno } from '../sys/errno';
import { FluxError, toFluxError } from '../sys/errors';

/**
 * Awaits the byte that a server begins with (docs/protocol/wire.md §4): 0 is welcome, anything else the errno of a refusal, the end of the stream
 * ECONNRESET. What came behind it is left in the stream. On an error the stream is destroyed.
 */
export function awaitWelcome(stream: Duplex): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (error?: FluxError) => {
      stream.off('error', onError).off('end', onEnd).off('data', onData);
      if (!error) {
        stream.pause();
        resolve();
        return;
      }
      stream.on('error', () => {}); // it has been told
      stream.destroy();
      reject(error);
    };
    const onError = (e: Error) => settle(toFluxError(e, 'EIO'));
    const onEnd = () => settle(new FluxError('ECONNRESET'));
    const onData = (chunk: Buffer) => {
      if (chunk[0] !== 0) {
        settle(new FluxError(chunk[0] ?? errno['ECONNRESET']!));
        return;
      }
      settle();
      if (chunk.length > 1) stream.unshift(chunk.subarray(1));
    };
    stream.on('error', onError).on('end', onEnd).on('data', onData);
  });
}
