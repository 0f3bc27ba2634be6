import { Flag, Message, MessageType, NODEID_ANY, Payload } from '../../core/message';
import { connectLocal } from '../../core/transport/local';
import type { Transport } from '../../core/transport/transport';
import type { Conversation, RecordedMessage } from './recording';
import { shapeDifferences } from './shape';
import type { StandIns } from './stand-ins';

/** How long an answer may take before it counts as missing, in milliseconds. */
const ANSWER_LIMIT = 10_000;

/**
 * Sends what the clients of a recorded command sent, to the broker at `socket`, and compares its answers request by request: whether there is
 * one, its topic, errnum and error text, and the shape of the first payload. Gives a line for each difference.
 */
export async function replay({ connections }: Conversation, socket: string, standIns: StandIns): Promise<string[]> {
  const differences: string[] = [];
  // A submission comes before the connection that watches its job, which may have been opened first.
  const submits = (log: RecordedMessage[]) => Number(log.some(({ topic }) => topic === 'job-ingest.submit'));
  const logs = connections.filter((log) => log.some(({ dir }) => dir === '>')).sort((a, b) => submits(b) - submits(a));
  const watching: Promise<void>[] = [];
  for (const log of logs) {
    const connection = new Connection(await connectLocal(socket));
    const replaying = new Replay(log, connection, standIns).run().then((found) => {
      differences.push(...found);
      connection.close();
    });
    // What it watches may be made by the next.
    if (submits(log) === 0 && log.some((message) => message.flags & Flag.streaming)) watching.push(replaying);
    else await replaying;
  }
  await Promise.all(watching);
  return [...new Set(differences)];
}

/** A request that was sent, and where its answers stand: matchtags are used again, so only between two of its messages. */
interface Asked {
  request: RecordedMessage;
  /** Its recorded answers, with their positions in the log. */
  wanted: { answer: RecordedMessage; at: number }[];
  from: number;
  to: number | undefined;
}

class Replay {
  readonly #asked: Asked[] = [];

  constructor(
    readonly log: RecordedMessage[],
    readonly connection: Connection,
    readonly standIns: StandIns,
  ) {}

  async run(): Promise<string[]> {
    for (const [at, message] of this.log.entries()) {
      if (message.dir === '>') await this.#send(message, at);
    }
    const differences: string[] = [];
    for (const asked of this.#asked) differences.push(...(await this.#check(asked)));
    return differences;
  }

  async #send(message: RecordedMessage, at: number): Promise<void> {
    // What had been answered before this was sent is waited for.
    for (const asked of this.#asked) {
      const due = asked.wanted.filter((wanted) => wanted.at < at).length;
      if (due > 0) await this.connection.until(() => this.#answers(asked).length >= due || this.#answers(asked).some(isEnd));
      this.#learn(asked);
    }
    const from = this.connection.received.length;
    for (const asked of this.#asked) if (asked.request.matchtag === message.matchtag) asked.to ??= from;
    this.connection.send(toMessage(message, this.standIns));
    if (message.type !== 'request') return;
    const again = this.log.findIndex((other, i) => i > at && other.dir === '>' && other.matchtag === message.matchtag);
    const wanted = this.log
      .map((answer, i) => ({ answer, at: i }))
      .filter(({ answer, at: i }) => i > at && (again < 0 || i < again) && isAnswer(answer, message.matchtag));
    this.#asked.push({ request: message, wanted, from, to: undefined });
  }

  #answers({ request, from, to }: Asked): Message[] {
    return this.connection.received.slice(from, to).filter((message) => message.isResponse && message.matchtag === request.matchtag);
  }

  /** The id that a submission was given. */
  #learn(asked: Asked): void {
    if (asked.request.topic !== 'job-ingest.submit') return;
    const recorded = asked.wanted[0]?.answer.json?.['id'];
    const [answer] = this.#answers(asked);
    if (typeof recorded !== 'number' || answer === undefined || answer.errnum !== 0) return;
    this.standIns.learn(recorded, Number(answer.json<{ id: number }>().id));
  }

  async #check(asked: Asked): Promise<string[]> {
    const { topic, matchtag, flags } = asked.request;
    // What is written to a shell has no answer any more if its job has ended meanwhile.
    if (!matchtag || asked.wanted.length === 0 || /-shell-\d+\.stdin$/.test(topic)) return [];
    const first = asked.wanted[0]!.answer;
    const last = asked.wanted.at(-1)!.answer;
    await this.connection.until(() => this.#answers(asked).length > 0 && (!last.errnum || isEnd(this.#answers(asked).at(-1)!)));
    this.#learn(asked);
    const answers = this.#answers(asked);
    if (answers.length === 0) return [`${topic}: no answer`];
    const goesOn = (flags & Flag.streaming) !== 0 && last.errnum === 0;
    const wanted = { topic: this.standIns.text(first.topic), ...(goesOn ? {} : ending(last.errnum ?? 0, last.string)) };
    const got = { topic: answers[0]!.topic, ...(goesOn ? {} : ending(answers.at(-1)!.errnum, textOf(answers.at(-1)!))) };
    const differs =
      JSON.stringify(got) === JSON.stringify(wanted) ? [] : [`${topic}: ${JSON.stringify(got)}, recorded ${JSON.stringify(wanted)}`];
    return [...differs, ...(first.errnum === 0 && answers[0]!.errnum === 0 ? payloadDifferences(topic, first, answers[0]!) : [])];
  }
}

function payloadDifferences(topic: string, wanted: RecordedMessage, got: Message): string[] {
  if (wanted.json === undefined) {
    const recorded = wanted.string !== undefined || wanted.base64 !== undefined;
    return recorded === got.bytes.length > 0 ? [] : [`${topic}: ${recorded ? 'no payload' : 'a payload'}`];
  }
  return shapeDifferences(topic, wanted.json, got.json()).map((line) => `${topic}: ${line}`);
}

/** How a stream of answers ended; numbers in the text are free. */
function ending(errnum: number, text = ''): { errnum: number; text: string } {
  return { errnum, text: errnum === 0 ? '' : text.replace(/\d+/g, 'N') };
}

const isEnd = (message: Message) => message.errnum !== 0;
const isAnswer = (message: RecordedMessage, matchtag?: number) =>
  message.dir === '<' && message.type === 'response' && message.matchtag === matchtag;
const textOf = (message: Message) => (message.payload?.isText ? message.text() : '');

function toMessage(recorded: RecordedMessage, standIns: StandIns): Message {
  const { type, topic, flags, userid, rolemask, nodeid = 0, matchtag = 0 } = recorded;
  const aux1 = type === 'request' ? (nodeid === 'any' ? NODEID_ANY : nodeid) : (recorded.errnum ?? recorded.seq ?? 0);
  const message = new Message(MessageType[type], standIns.text(topic), aux1, matchtag);
  message.payload = toPayload(recorded, standIns);
  message.routes = [];
  return Object.assign(message, { flags, userid, rolemask });
}

function toPayload({ json, text, string, base64 }: RecordedMessage, standIns: StandIns): Payload | undefined {
  if (json !== undefined)
    return Payload.jsonText(text !== undefined && !standIns.applyTo(text) ? text : JSON.stringify(standIns.value(json)));
  if (string !== undefined) return Payload.text(standIns.text(string));
  return base64 === undefined ? undefined : Payload.bytes(Buffer.from(base64, 'base64'));
}

/** All that came on a connection, and waiting for it. */
class Connection {
  readonly received: Message[] = [];
  readonly #transport: Transport;
  #closed = false;
  #wake: () => void = () => {};

  constructor(transport: Transport) {
    this.#transport = transport;
    transport.onMessage = (message) => {
      this.received.push(message);
      this.#wake();
    };
    transport.onClose = () => {
      this.#closed = true;
      this.#wake();
    };
  }

  send(message: Message): void {
    this.#transport.send(message);
  }

  close(): void {
    this.#transport.close();
  }

  /** Resolves when `ready` says so, the connection is closed, or the limit is over. */
  async until(ready: () => boolean): Promise<void> {
    const end = performance.now() + ANSWER_LIMIT;
    while (!ready() && !this.#closed) {
      const left = end - performance.now();
      if (left <= 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }
}
