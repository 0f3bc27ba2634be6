import net from 'node:net';
import { FluxError } from './errors';
import { closeFd, createSocketPair } from './fds';

/** Node's handle of Unix sockets and pipes: libuv's way to read, write or just poll any descriptor without blocking. */
export interface PipeHandle {
  readStart(): number;
  onread: () => void;
  ref(): void;
  unref(): void;
  close(): void;
}
type PipeClass = new (type: number) => PipeHandle & { open(fd: number): number };

let pipe: PipeClass | undefined;

/**
 * A handle over a descriptor of any kind, which becomes non-blocking; the handle owns it. Node has no public class for this; Pipe is the one that takes a
 * descriptor as it is. If it can't be had the descriptor is closed and the error thrown.
 */
export function openPipeHandle(fd: number): PipeHandle {
  const handle = new (pipeClass())(0);
  const error = handle.open(fd);
  if (error === 0) return handle;
  closeFd(fd);
  throw new FluxError(-error);
}

function pipeClass(): PipeClass {
  if (pipe === undefined) {
    const [ours, theirs] = createSocketPair();
    closeFd(theirs);
    const socket = new net.Socket({ fd: ours });
    pipe = (socket as unknown as { _handle: { constructor: PipeClass } })._handle.constructor;
    socket.destroy();
  }
  return pipe;
}
