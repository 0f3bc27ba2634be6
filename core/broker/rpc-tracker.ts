import { Message } from '../message';
import { rexec } from '../protocol/rexec';

const REXEC_EXEC_FAILED = 1;
const REXEC_FAILED = 4;

/**
 * The RPCs that were forwarded to one peer and wait for an answer, so that they can be answered when the peer is lost (docs/protocol/wire.md §7, "RPC
 * tracking"). An RPC is known by its originator and matchtag.
 */
export class RpcTracker {
  readonly #pending = new Map<string, Message>();

  get size(): number {
    return this.#pending.size;
  }

  /**
   * A request goes to the peer: gives its key if it is tracked. A `*.disconnect` takes all RPCs of its originator off the list. Call it before the
   * overlay changes the request's routes.
   */
  sent(request: Message): string | undefined {
    if (request.topic?.endsWith('.disconnect')) this.#forgetOriginator(request.originator);
    if (request.matchtag === 0 || request.noresponse) return undefined;
    const key = keyOf(request);
    this.#pending.set(key, headOf(request));
    return key;
  }

  /** The request could not be sent after all. */
  forget(key: string | undefined): void {
    if (key !== undefined) this.#pending.delete(key);
  }

  /** A response has come back from the peer. */
  received(response: Message): void {
    if (response.errnum !== 0 || !response.streaming || endsQuietly(response)) this.#pending.delete(keyOf(response));
  }

  /** The peer is lost: gives an error response for each RPC that waits, and forgets them. */
  fail(errnum: number, text?: string): Message[] {
    const responses = [...this.#pending.values()].map((request) => Message.response(request, errnum, text));
    this.#pending.clear();
    return responses;
  }

  #forgetOriginator(originator: string | undefined): void {
    for (const [key, request] of this.#pending) if (request.originator === originator) this.#pending.delete(key);
  }
}

/** The streams of broker.rexec end without an error response (docs/protocol/broker.md §8). */
function endsQuietly(response: Message): boolean {
  if (response.topic !== rexec.run.topic) return false;
  const { type, state } = response.json<{ type?: string; state?: number }>();
  return type === 'complete' || (type === 'state' && (state === REXEC_EXEC_FAILED || state === REXEC_FAILED));
}

// A broker's own requests have an empty stack; on their way back they have it again when they reach it.
const keyOf = (message: Message) => `${message.originator ?? ''}:${message.matchtag}`;

/** The part of a request that an error response needs: all but the payload. */
function headOf(request: Message): Message {
  const head = request.copy();
  head.setPayload(undefined);
  return head;
}
