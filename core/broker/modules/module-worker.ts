// The program of a module's thread (thread-runner.ts).
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import * as library from '../../index';
import { decodeMessage, encodeMessage, type Message } from '../../message';
import { Attribution, type CodeOwner, loadPlugin, tellOwners } from '../../plugin';
import { toFluxError } from '../../sys/errors';
import type { Transport } from '../../transport';
import { TrafficCounter } from '../traffic';
import { ModuleRunner, type RunnerEvents } from './module-runner';
import type { FromThread, ThreadStart, ToThread } from './thread-messages';

/** The thread's end of the way to the broker. */
class ThreadTransport implements Transport {
  onMessage: (message: Message) => void = () => {};
  onClose: () => void = () => {};
  readonly traffic = new TrafficCounter();
  readonly #port: MessagePort;

  constructor(port: MessagePort) {
    this.#port = port;
  }

  send(message: Message): void {
    this.traffic.sent(message);
    const bytes = new Uint8Array(encodeMessage(message)); // pooled buffers can't be handed over
    this.#port.postMessage(bytes, [bytes.buffer]);
  }

  receive(bytes: Uint8Array): void {
    const message = decodeMessage(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    this.traffic.received(message);
    this.onMessage(message);
  }

  close(): void {
    this.onClose();
  }

  setRef(): void {}
}

function main(port: MessagePort, { start, path }: ThreadStart): void {
  const tell = (news: FromThread) => port.postMessage(news);
  const transport = new ThreadTransport(port);
  const events: RunnerEvents = {
    running: () => tell({ running: true }),
    stop: () => tell({ stop: true }),
    failed: ({ code, text }) => tell({ failed: { code, text } }),
  };
  const attribution = new Attribution<CodeOwner>();
  let runner: ModuleRunner | undefined;
  process.on('uncaughtException', (e) => {
    if (!tellOwners(attribution, e)) runner?.fail(e);
  });
  port.on('message', (message: ToThread) => {
    if (message instanceof Uint8Array) transport.receive(message);
    else void Promise.resolve(runner?.finish()).finally(() => tell({ finished: true }));
  });
  try {
    const { definition } = loadPlugin(path, { kind: 'module', flux: library });
    runner = new ModuleRunner({ ...start, definition, transport, traffic: transport.traffic, events, attribution });
    runner.start();
  } catch (e) {
    events.failed(toFluxError(e));
  }
}

// Outside a thread it is only compiled: scripts/write-caches.cjs.
if (parentPort) main(parentPort, workerData as ThreadStart);
