// The program of a module's thread (thread-runner.ts).
import { type MessagePort, parentPort, workerData } from 'node:worker_threads';
import { LogLevel } from '../../handle/log-entry';
import { library } from '../../library';
import type { Message } from '../../message';
import { Attribution, type CodeOwner, loadPlugin, tellOwners } from '../../plugin';
import { toFluxError } from '../../sys/errors';
import type { Transport } from '../../transport';
import { TrafficCounter } from '../traffic';
import { Statsd } from './gauges';
import { ModuleRunner, type RunnerEvents } from './module-runner';
import { type Chunks, messagesOf, ThreadSender } from './thread-link';
import type { FromThread, ThreadStart, ToThread } from './thread-messages';

/** The thread's end of the way to the broker. */
class ThreadTransport implements Transport {
  onMessage: (message: Message) => void = () => {};
  onClose: () => void = () => {};
  readonly traffic = new TrafficCounter();
  readonly #sender: ThreadSender;

  constructor(port: MessagePort) {
    this.#sender = new ThreadSender((chunks, transfer) => port.postMessage(chunks, transfer));
  }

  send(message: Message): void {
    this.traffic.sent(message);
    this.#sender.send(message);
  }

  /** Hands over all that was sent so far: it arrives before news of the module does. */
  flush(): void {
    this.#sender.flush();
  }

  receive(chunks: Chunks): void {
    for (const message of messagesOf(chunks)) {
      this.traffic.received(message);
      this.onMessage(message);
    }
  }

  close(): void {
    this.onClose();
  }

  setRef(): void {}
}

function main(port: MessagePort, { start, path }: ThreadStart): void {
  const transport = new ThreadTransport(port);
  const tell = (news: FromThread) => {
    transport.flush();
    port.postMessage(news);
  };
  const events: RunnerEvents = {
    running: () => tell({ running: true }),
    stop: () => tell({ stop: true }),
    reads: (paths) => tell({ reads: paths }),
    failed: ({ code, text }) => tell({ failed: { code, text } }),
  };
  const attribution = new Attribution<CodeOwner>();
  const statsd = new Statsd(start.env['FLUX_FRIPP_STATSD'], (text) => runner?.log(LogLevel.err, text));
  let runner: ModuleRunner | undefined;
  process.on('uncaughtException', (e) => {
    if (!tellOwners(attribution, e)) runner?.fail(e);
  });
  port.on('message', (message: ToThread) => {
    if (Array.isArray(message)) transport.receive(message);
    else void Promise.resolve(runner?.finish()).finally(() => tell({ finished: true }));
  });
  try {
    const { definition } = loadPlugin(path, { kind: 'module', library });
    runner = new ModuleRunner({ ...start, definition, transport, traffic: transport.traffic, events, attribution, statsd });
    runner.start();
  } catch (e) {
    events.failed(toFluxError(e));
  }
}

// Outside a thread it is only compiled: scripts/write-caches.cjs.
if (parentPort) main(parentPort, workerData as ThreadStart);
