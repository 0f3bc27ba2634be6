import { createHook } from 'node:async_hooks';
import { signalName, signals } from './signals';

const { SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGTERM, SIGSTKFLT } = signals;
const { SIGXCPU, SIGVTALRM, SIGIO, SIGPWR, SIGSYS, SIGPROF, SIGRTMIN, SIGRTMAX } = signals;
const named = [
  ...[SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGTERM, SIGSTKFLT, SIGXCPU, SIGVTALRM, SIGIO, SIGPWR, SIGSYS],
  ...(process.execArgv.some((option) => option.includes('prof')) ? [] : [SIGPROF]), // V8's profiler has a use for it
];

/**
 * Numbers of the signals that end a program which does nothing about them (signal(7)), but for KILL, for faults of its own code, and for PIPE and
 * XFSZ, which Node ignores.
 */
export const endingSignals: readonly number[] = [...named, ...Array.from({ length: SIGRTMAX - SIGRTMIN + 1 }, (_, i) => SIGRTMIN + i)];

/** Calls `handler` at each signal of this number; the function returned gives the signal its default meaning back. Main thread only. */
export function onSignal(signum: number, handler: () => void): () => void {
  const name = signalName(signum) as NodeJS.Signals | undefined;
  if (name === undefined) return watchUnnamed(signum, handler);
  process.on(name, handler);
  return () => void process.off(name, handler);
}

/** Node's handle of a signal, which takes any number. */
interface SignalHandle {
  onsignal: () => void;
  start(signum: number): number;
  unref(): void;
  close(): void;
}
type SignalClass = new () => SignalHandle;

let signalClass: SignalClass | undefined;

/** Node knows no name for real-time signals, and takes nothing else. */
function watchUnnamed(signum: number, handler: () => void): () => void {
  signalClass ??= findSignalClass();
  const handle = new signalClass();
  handle.unref();
  handle.onsignal = handler;
  handle.start(signum);
  return () => handle.close();
}

/** There is no public way to the class of the handle; async_hooks shows the one that process.on() makes. */
function findSignalClass(): SignalClass {
  let found: SignalClass | undefined;
  const hook = createHook({
    init(_id, type, _trigger, resource) {
      if (type === 'SIGNALWRAP') found = resource.constructor as SignalClass;
    },
  }).enable();
  const listener = (): void => {};
  const unused = ['SIGWINCH', 'SIGURG', 'SIGCONT'] as const;
  const name = unused.find((signal) => process.listenerCount(signal) === 0)!;
  process.on(name, listener);
  process.off(name, listener);
  hook.disable();
  return found!;
}
