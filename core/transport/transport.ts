import type { Message } from '../message';
import type { FluxError } from '../sys/errors';

/**
 * A connection that carries messages: to a broker, or from one to a client. Implementations: local.ts, ssh.ts (programs on other ends of a stream), pair.ts
 * (in-process), loop.ts. A transport delivers in order, from a fresh stack, and calls onClose once: with an error when the other
 * side or the network ended it, without one after close().
 */
export interface Transport {
  /** Takes the message over: the caller doesn't touch it any more. Sending on a closed transport is silently dropped. */
  send(message: Message): void;
  onMessage: (message: Message) => void;
  onClose: (error?: FluxError) => void;
  /** Ends the connection; what was sent before is flushed first. */
  close(): void;
  /** Whether the connection keeps the process alive (default true). */
  setRef(ref: boolean): void;
  /** Userid of the process on the other end, where the system tells (SO_PEERCRED). */
  readonly peerUserid?: number;
}
