import path from 'node:path';
import { parseFsd } from '../formats/fsd';
import { Hostlist } from '../formats/hostlist';
import { IdSet } from '../formats/idset';
import { LogLevel } from '../handle/log-entry';
import { stateMachine } from '../protocol/state-machine';
import { errorText } from '../sys/errors';
import { loopTurns } from '../sys/loop-turns';
import { signals } from '../sys/signals';
import { brokerModules } from './broker-modules';
import type { LifeSteps } from './life-steps';
import type { BrokerParts } from './parts';
import { type RcScript, scriptCommand } from './rc-script';
import type { Command } from './run-command';
import { type LifeEvent, State, type StateName } from './state-machine';
import { isOnline } from './subtree-health';

/** Exit codes above it tell which signal has ended a program, as a shell gives them. */
const ENDED_BY_SIGNAL = 128;
/** INT and QUIT: what keys send to all processes of a terminal. */
const fromTerminal: readonly number[] = [signals.SIGINT, signals.SIGQUIT];
/** States of the end that have something to run. */
const ending: readonly StateName[] = ['cleanup', 'finalize'];
const ONLINE_GROUP = 'broker.online';
/** Milliseconds that a leaving broker waits for children that are on their way to it. */
const ARRIVAL_MS = 5_000;

/** The event that follows when a state's action throws. */
const failures: Partial<Record<StateName, LifeEvent>> = {
  join: 'parent-fail',
  init: 'rc1-fail',
  quorum: 'quorum-fail',
  run: 'rc2-fail',
  cleanup: 'cleanup-fail',
  shutdown: 'children-none',
  finalize: 'rc3-fail',
};

/** The programs of a broker's run levels, and who is told of its progress. */
export interface LifeOptions {
  /** Words of the initial program; empty: an interactive shell. */
  program: readonly string[];
  /** The shipped rc scripts: an attribute that has exactly this path runs the script in this process. */
  scripts: Readonly<Record<'rc1' | 'rc3', { path: string; script: RcScript }>>;
  /** Children that have not said hello yet will do so soon (Bootstrap.gathered). */
  gathered?: boolean | undefined;
  /** Told of each step that `--verbose` shows. */
  step: (text: string) => void;
  /** Told why this broker can't be part of the instance. */
  complain: (text: string) => void;
}

/**
 * The life of a broker, from joining the tree to leaving it (docs/protocol/broker.md §9, flux-broker(1)): what is done in each state, and the events
 * that follow from it.
 */
export class BrokerLife {
  readonly #broker: BrokerParts & LifeSteps;
  readonly #options: LifeOptions;
  #exitCode = 0;
  /** Children that have been online. */
  readonly #arrived = new Set<number>();
  #parentState: number = State.none;
  readonly #received = new Set<number>();
  /** Signals that may still come although what they ask for has begun. */
  readonly #answered = new Set<number>();
  /** Counts the losses of the parent: what was asked of it before the last one failed for that reason. */
  #losses = 0;
  #ended: () => void = () => {};

  constructor(broker: BrokerParts & LifeSteps, options: LifeOptions) {
    this.#broker = broker;
    this.#options = options;
  }

  /** Lives it. Gives the exit code. */
  async run(): Promise<number> {
    const { states, health } = this.#broker;
    health.onChange(() => {
      for (const [rank, { status }] of health.children) if (isOnline(status)) this.#arrived.add(rank);
    });
    this.#broker.onParent = (change) => this.#parentHas(change);
    await this.#broker.prepare();
    this.#options.step('initializing modules');
    const ended = new Promise<void>((resolve) => {
      this.#ended = resolve;
    });
    states.onChange((state) => this.#enter(state));
    for (const name of brokerModules) {
      if (name === 'connector-local') this.#options.step('loading connector-local');
      await this.#loadOwn(name);
    }
    this.#options.step('entering event loop');
    states.post('start');
    await ended;
    this.#options.step('exited event loop');
    this.#options.step('cleaning up');
    await this.#broker.stop();
    return this.#exitCode;
  }

  /**
   * A signal that asks the broker to end. A launcher may send it twice, to the group of the broker and to the broker itself: the second one must not
   * end what follows from the first. From a terminal each comes once.
   */
  signal(signum: number): void {
    const { states, runat, log } = this.#broker;
    log.log(LogLevel.info, `signal ${signum}`);
    this.#received.add(signum);
    if (ending.includes(states.state) && this.#answered.delete(signum)) {
      log.log(LogLevel.info, `ignored signal ${signum} in ${states.state}: it has been answered`);
      return;
    }
    if (!fromTerminal.includes(signum)) this.#answered.add(signum);
    switch (states.state) {
      case 'init':
      case 'cleanup':
      case 'finalize':
        runat.abort(signals.SIGTERM);
        break;
      case 'run':
        if (this.#hasProgram) runat.abort(signals.SIGTERM);
        else states.post('rc2-abort');
        break;
      case 'join':
        states.post('parent-fail');
        break;
      case 'quorum':
        states.post('quorum-fail');
        break;
      default:
        log.log(LogLevel.info, `ignored signal ${signum} in ${states.state}`);
    }
  }

  /** Ends the broker because the process that started it, and would have ended it, is gone. An interactive shell, which TERM does not end, ends by HUP. */
  abandoned(): void {
    const { states, runat } = this.#broker;
    this.signal(signals.SIGTERM);
    if (states.state === 'run') runat.abort(signals.SIGHUP);
  }

  /** The broker goes on without a module that can't be loaded. What one fails with that has started, it has logged itself. */
  async #loadOwn(name: string): Promise<void> {
    const { modules, log } = this.#broker;
    let severity: LogLevel = LogLevel.err;
    try {
      const source = modules.read(name);
      severity = LogLevel.debug;
      await modules.start(source);
    } catch (e) {
      log.log(severity, `${name}: ${errorText(e)}`);
    }
  }

  #enter(state: StateName): void {
    const actions: Partial<Record<StateName, () => void | Promise<void>>> = {
      join: () => this.#join(),
      init: () => this.#runLevel('rc1'),
      quorum: () => this.#quorum(),
      run: () => this.#run(),
      cleanup: () => this.#cleanup(),
      shutdown: () => this.#shutdown(),
      finalize: () => this.#runLevel('rc3'),
      exit: () => this.#ended(),
    };
    if (state === 'init') this.#broker.router.online = true;
    // a fresh stack: an action may post the next event
    void Promise.resolve()
      .then(() => actions[state]?.())
      .catch((e) => this.#failed(state, e));
  }

  /** The action of a state has failed: the broker goes on to its end, with exit code 1, instead of staying there. */
  #failed(state: StateName, e: unknown): void {
    const { log, states } = this.#broker;
    log.log(LogLevel.crit, `${state}: ${errorText(e)}`);
    this.#exitCode = 1;
    const event = failures[state];
    if (event !== undefined) states.post(event);
  }

  async #join(): Promise<void> {
    const { rank, states } = this.#broker;
    try {
      await this.#broker.join();
    } catch (e) {
      if (states.state !== 'join') return; // it was stopped meanwhile
      this.#options.complain(errorText(e));
      this.#parentHas('gone');
      return;
    }
    if (rank === 0) states.post('parent-none');
    else await this.#followParent();
  }

  async #followParent(): Promise<void> {
    const losses = this.#losses;
    try {
      const states = this.#broker.flux.open(stateMachine.monitor, undefined, { nodeid: 'upstream' });
      for await (const { state } of states) this.#parentIs(state);
    } catch (e) {
      this.#broker.log.log(LogLevel.debug, `${stateMachine.monitor.topic}: ${errorText(e)}`);
    }
    if (losses === this.#losses) this.#parentIs(State.exit);
  }

  #parentIs(state: number): void {
    this.#parentState = state;
    const { states } = this.#broker;
    if (states.state === 'join') {
      if (state === State.quorum || state === State.run) states.post('parent-ready');
      else if (state >= State.cleanup) states.post('parent-fail');
    } else if (states.state === 'quorum') this.#followQuorum();
    else if (states.state === 'run' && state >= State.shutdown) states.post('shutdown-abort');
  }

  /** A parent that is lost may come back: only when it is gone this broker ends. */
  #parentHas(change: 'lost' | 'back' | 'gone'): void {
    const { states } = this.#broker;
    if (change === 'lost') this.#losses++;
    else if (change === 'back') void this.#followParent();
    else {
      this.#losses++;
      this.#parentState = State.exit;
      const events: Partial<Record<StateName, LifeEvent>> = { join: 'parent-fail', quorum: 'quorum-fail', run: 'rc2-abort' };
      const event = events[states.state];
      if (event !== undefined || states.state === 'init') this.#exitCode = 1; // after init, state QUORUM fails
      if (event !== undefined) states.post(event);
    }
  }

  async #runLevel(level: 'rc1' | 'rc3'): Promise<void> {
    const { attributes, runat, states } = this.#broker;
    const value = attributes.value(`broker.${level}_path`) ?? '';
    if (value === '') {
      states.post(`${level}-none`);
      return;
    }
    runat.append(level, this.#levelCommand(level, value));
    const code = await runat.run(level);
    this.#note(code);
    if (level === 'rc1' && code === 0) this.#broker.config.reportUnread();
    states.post(code === 0 ? `${level}-success` : `${level}-fail`);
  }

  #levelCommand(level: 'rc1' | 'rc3', value: string): Command {
    const { path: file, script } = this.#options.scripts[level];
    const { programs } = this.#broker;
    if (value !== file) return programs.shellCommand(value);
    return scriptCommand(`${programs.shell} -c ${value}`, { script, folder: path.dirname(file) }, this.#broker);
  }

  #quorum(): void {
    const { rank, groups, states } = this.#broker;
    groups.join(ONLINE_GROUP, '');
    if (rank > 0) {
      this.#followQuorum();
      return;
    }
    const wanted = IdSet.parse(this.#broker.attributes.value('broker.quorum') ?? '');
    const warning = this.#warnOfDelay(wanted);
    const unlisten = groups.onChange(() => check());
    const unwatch = states.onChange(() => stop());
    function stop() {
      unlisten();
      unwatch();
      warning.stop();
    }
    const check = () => {
      if (!wanted.difference(groups.members(ONLINE_GROUP)).isEmpty) return;
      warning.reached();
      stop();
      states.post('quorum-full');
    };
    check();
  }

  #followQuorum(): void {
    const { states } = this.#broker;
    if (this.#parentState === State.run) states.post('quorum-full');
    else if (this.#parentState >= State.cleanup) states.post('quorum-fail');
  }

  /** Says, again and again, who is missing. */
  #warnOfDelay(wanted: IdSet): { stop(): void; reached(): void } {
    const { attributes, groups, log } = this.#broker;
    const text = attributes.value('broker.quorum-timeout') ?? 'none';
    const seconds = text === 'none' ? 0 : parseFsd(text);
    if (seconds === 0) return { stop() {}, reached() {} };
    let warned = false;
    const timer = setInterval(() => {
      warned = true;
      const missing = wanted.difference(groups.members(ONLINE_GROUP));
      log.log(LogLevel.err, `quorum delayed: waiting for ${this.#hostsOf(missing)} (rank ${missing})`);
    }, seconds * 1000);
    return {
      stop: () => clearInterval(timer),
      reached: () => {
        if (warned) log.log(LogLevel.err, 'quorum reached');
      },
    };
  }

  #hostsOf(ranks: IdSet): string {
    const hosts = [...Hostlist.parse(this.#broker.attributes.value('hostlist') ?? '')];
    return Hostlist.of(...[...ranks].map((rank) => hosts[rank] ?? 'unknown')).encode();
  }

  get #hasProgram(): boolean {
    return this.#broker.rank === 0 && !this.#broker.attributes.has('broker.rc2_none');
  }

  async #run(): Promise<void> {
    const { rank, runat, states } = this.#broker;
    if (rank > 0) {
      if (this.#parentState >= State.shutdown) states.post('shutdown-abort');
      return;
    }
    if (!this.#hasProgram) {
      states.post('rc2-none');
      return;
    }
    runat.append('rc2', this.#programCommand());
    const code = await runat.run('rc2');
    await loopTurns(); // a signal that went to the program and to this broker, and ended the program, should be here by now
    const signum = code - ENDED_BY_SIGNAL;
    if (signum > 0 && !this.#received.has(signum)) this.#answered.add(signum); // but may not: a thread that has to wait for its turn may have got it
    this.#note(code);
    states.post(code === 0 ? 'rc2-success' : 'rc2-fail');
  }

  /** No words: an interactive shell; one: a line for the shell; more: a program and its arguments. */
  #programCommand(): Command {
    const { programs } = this.#broker;
    const { program } = this.#options;
    const { shell } = programs;
    const argv = program.length === 0 ? [shell] : program.length === 1 ? [shell, '-c', program[0]!] : program;
    return programs.command(argv, 'inherited');
  }

  async #cleanup(): Promise<void> {
    const { runat, states } = this.#broker;
    if (!runat.has('cleanup')) {
      states.post('cleanup-none');
      return;
    }
    const code = await runat.run('cleanup');
    this.#note(code);
    states.post(code === 0 ? 'cleanup-success' : 'cleanup-fail');
  }

  /** A child that finds nobody would wait for its parent: who is on the way is awaited, to be told that this broker leaves. */
  async #shutdown(): Promise<void> {
    const { rank, flux, health, states } = this.#broker;
    if (rank === 0) await flux.publish(stateMachine.shutdown);
    let arriving = this.#options.gathered === true;
    const gone = () => [...health.children].every(([child, { status }]) => !isOnline(status) && (!arriving || this.#arrived.has(child)));
    if (gone()) {
      states.post('children-none');
      return;
    }
    const check = () => {
      if (!gone()) return;
      clearTimeout(timer);
      unlisten();
      states.post('children-complete');
    };
    const unlisten = health.onChange(check);
    const timer = setTimeout(() => {
      arriving = false;
      check();
    }, ARRIVAL_MS);
  }

  /** The last phase that failed decides on the exit code. */
  #note(code: number): void {
    if (code !== 0) this.#exitCode = code;
  }
}
