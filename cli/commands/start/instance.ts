import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { checkRundirLength } from '../../../core/broker/program/rundir';
import { STARTER_FD } from '../../../core/broker/program/starter';
import { LocalPmiServer } from '../../../core/pmi/local';
import { MAX_DELAY_MS } from '../../../core/sys/delay';
import { errorText } from '../../../core/sys/errors';
import { descendantsOf } from '../../../core/sys/process-table';
import { killIfThere, signals } from '../../../core/sys/signals';
import { type Child, spawnProcess } from '../../../core/sys/spawn';
import { strsignal } from '../../../core/sys/strsignal';
import { becomeSubreaper } from '../../../core/sys/subreaper';
import { endedBySignal, shellExitCode, terminatingSignal } from '../../../core/sys/waitstatus';
import { type CommandContext, CommandError } from '../../command';
import type { StartPlan } from './options';
import { StartService } from './service';
import { TerminalGuard } from './terminal';

const PMI_FD = 3;
/** Descriptor of broker 0 that ends with this process. */
const START_FD = 4;

/** One broker's place in the instance. */
interface Slot {
  rank: number;
  child: Child | undefined;
  /** Exit code as a shell gives it, of the last run; undefined before its end. */
  code: number | undefined;
  ended: Promise<void>;
}

/** `flux start --test-size=N`: N brokers on this machine, their PMI server, and the service that tests stop and start them with. */
export class LocalInstance {
  readonly #ctx: CommandContext;
  readonly #plan: StartPlan & { size: number };
  readonly #slots: Slot[];
  #rundir = '';
  #pmi: LocalPmiServer | undefined;
  #killer: NodeJS.Timeout | undefined;
  #failure: CommandError | undefined;
  /** Processes below this one that are none of the instance's. */
  #others: readonly number[] = [];
  #allEnded: () => void = () => {};

  constructor(ctx: CommandContext, plan: StartPlan & { size: number }) {
    this.#ctx = ctx;
    this.#plan = plan;
    this.#slots = Array.from({ length: plan.size }, (_, rank) => ({ rank, child: undefined, code: undefined, ended: Promise.resolve() }));
  }

  async run(): Promise<number> {
    const { clique, size } = this.#plan;
    this.#ctx.stderr.outlive?.(); // the brokers are to be ended in order, whether somebody reads of it or not
    this.#rundir = this.#makeRundir();
    try {
      checkRundirLength(this.#rundir);
      if (clique !== 'single' && clique !== 'none') throw new CommandError(`unsupported test-pmi-clique mode: ${clique}`);
      if (this.#plan.noexec) {
        for (const { rank } of this.#slots) this.#announce(rank);
        return 0;
      }
      this.#pmi = new LocalPmiServer({
        size,
        preset: clique === 'single' ? { PMI_process_mapping: `(vector,(0,1,${size}))` } : {},
        abort: () => {}, // a broker that gives up also ends
        ...(this.#plan.verbose >= 2 ? { trace: (rank, side, line) => this.#ctx.stderr.write(`${rank}: ${side}: ${line}\n`) } : {}),
      });
      return await this.#runBrokers();
    } finally {
      this.#removeRundir();
    }
  }

  async #runBrokers(): Promise<number> {
    const terminal = new TerminalGuard(this.#ctx);
    const service = await StartService.listen(path.join(this.#rundir, 'start'), {
      size: this.#plan.size,
      pid: (rank) => this.#slots[rank]!.child?.pid ?? -1,
      kill: (rank, signum) => this.#slots[rank]!.child?.kill(signum),
      exited: async (rank) => {
        await this.#slots[rank]!.ended;
        return this.#slots[rank]!.code ?? 0;
      },
      isRunning: (rank) => this.#slots[rank]!.child !== undefined,
      start: (rank) => this.#start(rank),
      log: (text) => {
        if (this.#plan.verbose >= 1) this.#ctx.stderr.write(`flux-start: ${text}\n`);
      },
    });
    const unhandle = this.#handleSignals();
    this.#others = descendantsOf(process.pid);
    const stopReaping = becomeSubreaper();
    try {
      const done = new Promise<void>((resolve) => {
        this.#allEnded = resolve;
      });
      const first = this.#plan.startMode === 'leader' ? [0] : this.#slots.map(({ rank }) => rank);
      for (const rank of first) this.#start(rank);
      await done;
    } finally {
      clearTimeout(this.#killer);
      await service.close();
      stopReaping();
      terminal.restore();
      unhandle();
    }
    if (this.#failure) throw this.#failure;
    return this.#plan.exitMode === 'leader' ? (this.#slots[0]!.code ?? 0) : Math.max(...this.#slots.map(({ code }) => code ?? 0));
  }

  /**
   * Who ends this program means the instance: SIGTERM goes to its leader, which takes the others with it. What a terminal sends has gone to the brokers, too: they
   * decide.
   */
  #handleSignals(): () => void {
    const off = [
      this.#ctx.onSignal('SIGTERM', () => this.#endLeader()),
      ...(['SIGINT', 'SIGQUIT'] as const).map((signal) => this.#ctx.onSignal(signal, () => {})),
    ];
    return () => {
      for (const unhandle of off) unhandle();
    };
  }

  #endLeader(): void {
    const leader = this.#slots[0]!.child;
    if (leader) leader.kill(signals.SIGTERM);
    else for (const { child } of this.#slots) child?.kill(signals.SIGTERM);
  }

  #start(rank: number): void {
    const slot = this.#slots[rank]!;
    const argv = this.#announce(rank);
    const child = this.#spawn(rank, argv);
    slot.child = child;
    if (this.#slots.every(({ child: running }) => running !== undefined)) this.#disarmKiller();
    this.#pmi!.serve(rank, child.stdio[PMI_FD]!, (e) => this.#abort(`channel_cb: pmi_simple_server_request: ${errorText(e)}`));
    slot.ended = child.exited.then(({ status }) => {
      child.stdio[START_FD]?.destroy();
      this.#ended(slot, child.pid, status);
    });
  }

  #spawn(rank: number, argv: string[]): Child {
    const { hosts, size } = this.#plan;
    const env = {
      ...this.#ctx.env,
      PMI_FD: String(PMI_FD),
      PMI_RANK: String(rank),
      PMI_SIZE: String(size),
      FLUX_START_URI: `local://${this.#rundir}/start`,
      [STARTER_FD]: rank === 0 ? String(START_FD) : undefined,
      ...(hosts ? { FLUX_FAKE_HOSTNAME: hosts[rank] } : {}),
    };
    try {
      return spawnProcess({ argv, env, stdio: ['inherit', 'inherit', 'inherit', 'socketpair', rank === 0 ? 'socketpair' : undefined] });
    } catch (e) {
      throw new CommandError(`${argv[0]}: ${errorText(e)}`);
    }
  }

  /** The command line of a rank, shown with --verbose. */
  #announce(rank: number): string[] {
    const { wrap, broker, brokerOptions, command, verbose } = this.#plan;
    const argv = [...wrap, broker, `--setattr=rundir=${this.#rundir}`, ...brokerOptions, ...(rank === 0 ? command : [])];
    if (verbose >= 1) this.#ctx.stderr.write(`flux-start: ${rank}: ${argv.join(' ')}\n`);
    return argv;
  }

  #ended(slot: Slot, pid: number, status: number): void {
    slot.child = undefined;
    slot.code = shellExitCode(status);
    if (endedBySignal(status)) {
      this.#ctx.stderr.write(`flux-start: ${slot.rank} (pid ${pid}) ${strsignal(terminatingSignal(status))}\n`);
      this.#killOrphans();
    } else if (slot.code !== 0) this.#ctx.stderr.write(`flux-start: ${slot.rank} (pid ${pid}) exited with rc=${slot.code}\n`);
    if (this.#slots.every(({ child }) => child === undefined)) this.#allEnded();
    else if (this.#plan.exitMode === 'any' || slot.rank === 0) this.#armKiller();
  }

  /** A broker that was killed has left what it ran, its initial program too, to this process (becomeSubreaper): it ends with the broker. */
  #killOrphans(): void {
    const brokers = this.#slots.flatMap(({ child }) => child?.pid ?? []);
    const killed = new Set<number>();
    for (let left = -1; left !== 0; ) {
      const orphans = descendantsOf(process.pid, new Set([...this.#others, ...brokers])).filter((pid) => !killed.has(pid));
      left = orphans.length;
      for (const pid of orphans) {
        killed.add(pid);
        killIfThere(pid, signals.SIGKILL);
      }
    }
  }

  #armKiller(): void {
    this.#killer ??= setTimeout(() => this.#killAll(), Math.min(this.#plan.exitTimeout * 1000, MAX_DELAY_MS));
  }

  /** After a start.run nobody is missing any more. */
  #disarmKiller(): void {
    clearTimeout(this.#killer);
    this.#killer = undefined;
  }

  #killAll(): void {
    for (const { child } of this.#slots) if (child?.running) killIfThere(child.pid, signals.SIGKILL);
  }

  #abort(text: string): void {
    this.#failure ??= new CommandError(text);
    this.#killAll();
  }

  #makeRundir(): string {
    const given = this.#plan.rundir;
    if (given === undefined) return fs.mkdtempSync(path.join(this.#ctx.env['TMPDIR'] ?? os.tmpdir(), 'flux-'));
    let stat: fs.Stats;
    try {
      stat = fs.statSync(given);
    } catch (e) {
      throw new CommandError(`${given}: ${errorText(e)}`);
    }
    if (!stat.isDirectory()) throw new CommandError(`${given}: not a directory`);
    return given;
  }

  #removeRundir(): void {
    if (this.#plan.rundir === undefined || this.#plan.cleanRundir) fs.rmSync(this.#rundir, { recursive: true, force: true });
  }
}
