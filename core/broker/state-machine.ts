import { formatFsd } from '../formats/fsd';
import { LogLevel } from '../handle/log-entry';

/** States of a broker's life, with the numbers of state-machine.monitor (docs/protocol/broker.md §9). */
export const State = { none: 0, join: 1, init: 2, quorum: 3, run: 4, cleanup: 5, shutdown: 6, finalize: 7, exit: 8 } as const;
/** A state of a broker's life, by its name in {@link State}. */
export type StateName = keyof typeof State;

/** Where each event leads, by the state it is for; elsewhere it is ignored. */
const transitions: Readonly<Record<string, Partial<Record<StateName, StateName>>>> = {
  start: { none: 'join' },
  'parent-none': { join: 'init' },
  'parent-ready': { join: 'init' },
  'parent-fail': { join: 'shutdown' },
  'rc1-success': { init: 'quorum' },
  'rc1-none': { init: 'quorum' },
  'rc1-fail': { init: 'shutdown' },
  'quorum-full': { quorum: 'run' },
  'quorum-fail': { quorum: 'shutdown' },
  'rc2-success': { run: 'cleanup' },
  'rc2-fail': { run: 'cleanup' },
  'rc2-abort': { run: 'cleanup' },
  'rc2-none': {},
  'shutdown-abort': { run: 'cleanup' },
  'cleanup-success': { cleanup: 'shutdown' },
  'cleanup-none': { cleanup: 'shutdown' },
  'cleanup-fail': { cleanup: 'shutdown' },
  'children-none': { shutdown: 'finalize' },
  'children-complete': { shutdown: 'finalize' },
  'rc3-success': { finalize: 'exit' },
  'rc3-none': { finalize: 'exit' },
  'rc3-fail': { finalize: 'exit' },
};

/** Something that happens in a broker's life. */
export type LifeEvent = keyof typeof transitions & string;

/** The state of a broker and what changes it. What is done in a state is others' business: they listen. */
export class StateMachine {
  #state: StateName = 'none';
  #since = performance.now();
  readonly #listeners = new Set<(state: StateName) => void>();
  readonly #log: (level: LogLevel, text: string) => void;

  constructor(log: (level: LogLevel, text: string) => void) {
    this.#log = log;
  }

  get state(): StateName {
    return this.#state;
  }

  /** Seconds in this state. */
  get duration(): number {
    return (performance.now() - this.#since) / 1000;
  }

  post(event: LifeEvent): void {
    const next = transitions[event]?.[this.#state];
    if (!next) {
      this.#log(LogLevel.info, `${event}: ignored in ${this.#state}`);
      return;
    }
    this.#log(LogLevel.info, `${event}: ${this.#state}->${next} ${formatFsd(this.duration)}`);
    this.#state = next;
    this.#since = performance.now();
    for (const listener of [...this.#listeners]) listener(next);
  }

  /** Calls `listener` after each change; the result ends it. */
  onChange(listener: (state: StateName) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
