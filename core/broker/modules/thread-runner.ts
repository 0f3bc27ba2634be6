import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { LogLevel } from '../../handle/log-entry';
import { Message } from '../../message';
import { errno } from '../../sys/errno';
import { errorStack, FluxError, toFluxError } from '../../sys/errors';
import { threadEnvironment } from '../../sys/node-variables';
import type { Transport } from '../../transport';
import { RpcTracker } from '../rpc-tracker';
import type { ModuleStart, Runner, RunnerEvents } from './module-runner';
import { messagesOf, ThreadSender } from './thread-link';
import type { FromThread, ThreadStart, ToThread } from './thread-messages';

/** A module to run in a thread of its own, and its way to the broker. */
export interface ThreadRunnerOptions {
  start: ModuleStart;
  /** The plugin's file, which the thread loads itself. */
  path: string;
  /** The broker's end: what it gives goes to the thread, encoded. */
  transport: Transport;
  events: RunnerEvents;
  log: (level: LogLevel, text: string) => void;
}

/** The program of the thread: beside this file, as a file of the tree or a bundle of the installation. */
const program = path.join(__dirname, 'module-worker.js');

/** Runs a module in a thread of its own: messages cross as encoded bytes, so that blocking work stalls nobody else. */
export class ThreadRunner implements Runner {
  readonly #options: ThreadRunnerOptions;
  readonly #sender = new ThreadSender((chunks, transfer) => this.#worker?.postMessage(chunks, transfer));
  #worker: Worker | undefined;
  /** Requests in the thread's hands. */
  readonly #unanswered = new RpcTracker();
  #finished: () => void = () => {};
  #ended = false;

  constructor(options: ThreadRunnerOptions) {
    this.#options = options;
  }

  start(): void {
    const { start, path: file, transport } = this.#options;
    const workerData: ThreadStart = { start, path: file };
    const worker = new Worker(program, { workerData, name: start.name, env: threadEnvironment() });
    this.#worker = worker;
    worker.on('message', (message: FromThread) => this.#receive(message));
    worker.on('error', (e) => this.fail(e));
    worker.on('exit', (code) => this.#exited(code));
    transport.onMessage = (message: Message) => {
      const tracked = message.isRequest ? this.#unanswered.sent(message) : undefined;
      try {
        this.#sender.send(message);
      } catch (e) {
        this.#unanswered.forget(tracked);
        if (message.isRequest && !message.noresponse) transport.send(Message.response(message, toFluxError(e).errnum));
      }
    };
  }

  fail(e: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#options.log(LogLevel.crit, `${this.#options.start.name}: fatal error: ${errorStack(e)}`);
    this.#options.events.failed(toFluxError(e));
  }

  async finish(): Promise<void> {
    const worker = this.#worker;
    if (worker && !this.#ended) {
      this.#ended = true;
      await new Promise<void>((resolve) => {
        this.#finished = resolve;
        this.#sender.flush();
        worker.postMessage({ finish: true } satisfies ToThread);
      });
    }
    await this.drop();
  }

  /** A thread can be ended whatever it does. What it has not answered it never will. */
  async drop(): Promise<void> {
    this.#ended = true;
    await this.#worker?.terminate();
    for (const response of this.#unanswered.fail(errno['ENOSYS']!)) this.#options.transport.send(response);
  }

  #receive(message: FromThread): void {
    const { transport, events } = this.#options;
    if (Array.isArray(message)) {
      for (const each of messagesOf(message)) {
        if (each.isResponse) this.#unanswered.received(each);
        transport.send(each);
      }
    } else if ('running' in message) events.running();
    else if ('stop' in message) events.stop();
    else if ('reads' in message) events.reads(message.reads);
    else if ('failed' in message) events.failed(new FluxError(message.failed.code, message.failed.text));
    else this.#finished();
  }

  #exited(code: number): void {
    this.#worker = undefined;
    this.#finished();
    this.fail(new FluxError('ECONNRESET', `its thread has ended with code ${code}`));
  }
}
