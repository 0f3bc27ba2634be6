import fs from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Scratch } from './scratch';

/** What a process holds that a test must give back. */
interface Holdings {
  /** Open descriptors: number → what it is. */
  descriptors: Map<string, string>;
  /** Child processes: pid → command name. */
  children: Map<string, string>;
  /** Threads: id → name. */
  threads: Map<string, string>;
  /** Handles that keep the event loop alive (timers, sockets, workers): kind → count. */
  active: Map<string, number>;
}

const settleSteps = [0, 5, 20, 50, 100, 200, 400, 800, 1500];

/**
 * Fails the test file if descriptors, child processes, threads or active timers and handles are left at its end that were not there at
 * its beginning, or temporary files or processes that it has started, directly or not. jest.config's setup calls this around every file (test/support/setup.ts).
 */
export class LeakGuard {
  #before: Holdings | undefined;
  #scratch: Scratch | undefined;

  async begin(): Promise<void> {
    await warmUp();
    this.#before = holdings();
    this.#scratch = new Scratch();
  }

  /** Throws an error that lists what is left. What is on its way out has some 3 seconds to go. */
  async end(): Promise<void> {
    let left: string[] = [];
    try {
      for (const ms of settleSteps) {
        await sleep(ms);
        left = [...differences(this.#before!, holdings()), ...this.#scratch!.leftovers()];
        if (left.length === 0) return;
      }
    } finally {
      this.#scratch!.remove();
    }
    throw new Error(`left behind by this test file:\n${left.map((line) => `  ${line}`).join('\n')}`);
  }
}

/** The thread pool of libuv starts its threads when first used, and fs.watch opens its inotify for good: so that they are no leak, they are made before. */
let warm: Promise<unknown> | undefined;
function warmUp(): Promise<unknown> {
  const { pbkdf2 } = require('node:crypto') as typeof import('node:crypto');
  const turn = () => new Promise<void>((resolve) => pbkdf2('x', 'y', 2000, 32, 'sha1', () => resolve()));
  if (!warm) fs.watch('/').close();
  warm ??= Promise.all(Array.from({ length: 4 }, turn));
  return warm;
}

function holdings(): Holdings {
  const active = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) active.set(kind, (active.get(kind) ?? 0) + 1);
  return { descriptors: descriptors(), children: children(), threads: threads(), active };
}

function descriptors(): Map<string, string> {
  const zmq = usesZmq();
  return collect(
    '/proc/self/fd',
    (fd) => fs.readlinkSync(`/proc/self/fd/${fd}`),
    (target) => !target.startsWith('/proc/') && !(zmq && isZmqDescriptor(target)),
  );
}

function threads(): Map<string, string> {
  return collect(
    '/proc/self/task',
    (tid) => fs.readFileSync(`/proc/self/task/${tid}/comm`, 'utf8').trim(),
    (name) => !isZmqThread(name),
  );
}

/** zeromq.js has no way to end a context: its two threads and their descriptors stay until the process ends. A broker has one context. */
const isZmqThread = (name: string) => name.startsWith('ZMQbg/');
const isZmqDescriptor = (target: string) => /^anon_inode:\[event(fd|poll)\]$/.test(target);
const usesZmq = () => fs.readdirSync('/proc/self/task').some((tid) => isZmqThread(read(`/proc/self/task/${tid}/comm`) ?? ''));

function children(): Map<string, string> {
  const pids = fs
    .readdirSync('/proc/self/task')
    .flatMap((tid) => (read(`/proc/self/task/${tid}/children`) ?? '').split(' ').filter(Boolean));
  return new Map(pids.map((pid) => [pid, (read(`/proc/${pid}/comm`) ?? 'gone').trim()]));
}

function collect(dir: string, describe: (name: string) => string, wanted: (text: string) => boolean = () => true): Map<string, string> {
  const found = new Map<string, string>();
  for (const name of fs.readdirSync(dir)) {
    try {
      const text = describe(name);
      if (wanted(text)) found.set(name, text);
    } catch {
      // closed, or ended, since the folder was read (the descriptor of the reading itself is)
    }
  }
  return found;
}

function read(file: string): string | undefined {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined; // the process or thread has ended
  }
}

function differences(before: Holdings, after: Holdings): string[] {
  const isNew = (kind: 'descriptors' | 'children' | 'threads') => [...after[kind]].filter(([id, text]) => before[kind].get(id) !== text);
  const lines = [
    ...isNew('descriptors').map(([fd, target]) => `descriptor ${fd}: ${target}`),
    ...isNew('children').map(([pid, name]) => `child process ${pid}: ${name}`),
    ...isNew('threads').map(([tid, name]) => `thread ${tid}: ${name}`),
  ];
  for (const [kind, count] of after.active) {
    const old = before.active.get(kind) ?? 0;
    if (count > old && !transient.has(kind)) lines.push(`${count - old} active ${kind}`);
  }
  return lines;
}

// What the check itself and the runner's own messages have in flight.
const transient = new Set([
  'Immediate',
  'TickObject',
  'FSReqCallback',
  'FSReqPromise',
  'CloseReq',
  'PromiseResolve',
  'WriteWrap',
  'PipeWriteWrap',
]);
