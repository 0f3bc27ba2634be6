import { IDSET_FLAG, IdSet } from '../../core/formats/idset';
import type { Flux } from '../../core/handle/flux';
import { RemoteProcess } from '../../core/subprocess/client';
import { errorText, toFluxError } from '../../core/sys/errors';
import { signals } from '../../core/sys/signals';
import { strsignal } from '../../core/sys/strsignal';
import { endedBySignal, exitCode, shellExitCode, terminatingSignal } from '../../core/sys/waitstatus';
import { getopt, type Options, type Program } from '../args/getopt';
import { type CommandContext, CommandError, defineCommand } from '../command';
import { withFlux } from '../connect';
import { textDirectory, textVariables } from '../text';

/** Exit codes of processes that could not be started, by errno. */
const startFailures: Readonly<Record<string, number>> = { EPERM: 126, EACCES: 126, ENOENT: 127, EHOSTUNREACH: 68 };
const INTERRUPT_WINDOW_MS = 1000;

/** What flux exec takes. */
export const execProgram: Program = {
  usage: '[OPTIONS] COMMAND...',
  options: [
    { name: 'rank', key: 'r', arg: 'IDSET', help: 'Ranks to run on, default all' },
    { name: 'exclude', key: 'x', arg: 'IDSET', help: 'Ranks to leave out' },
    { name: 'dir', key: 'd', arg: 'PATH', help: 'Working directory' },
    { name: 'label-io', key: 'l', help: 'Put the rank before each line of output' },
    { name: 'noinput', key: 'n', help: 'Close standard input of the processes at once' },
    { name: 'verbose', key: 'v', help: 'Say what is done' },
    { name: 'quiet', key: 'q', help: 'Keep silent about exit codes' },
  ],
  run: async (ctx, opts) => {
    if (opts.args.length === 0) throw opts.usageError();
    return withFlux(ctx, async (flux) => new Exec(ctx, opts, flux, await ranksFrom(flux, opts)).run());
  },
};

/** flux-exec(1) */
export default defineCommand({
  name: 'exec',
  summary: 'Run a command on broker ranks',
  examples: [
    ['On every rank', 'flux exec hostname'],
    ['On two ranks, output labelled', 'flux exec -l -r 0-1 uptime'],
  ],
  run: getopt(execProgram),
});

/** So many ranks that there are not may be named. */
const FEW = 1024;

async function ranksFrom(flux: Flux, opts: Options): Promise<IdSet> {
  const size = await flux.size();
  const text = opts.str('rank') ?? 'all';
  const ranks = text === 'all' ? IdSet.range(0, size - 1) : decode(text, 'idset_decode: Invalid argument');
  if (ranks.count === 0) throw new CommandError('idset_count: Success');
  // Ranks that there are not fail one by one, but a slip of the pen can name more of them than can be asked.
  if (ranks.count > size + FEW) throw new CommandError(`${text}: this instance has ${size === 1 ? 'one rank' : `${size} ranks`} only`);
  const exclude = opts.str('exclude');
  if (exclude === undefined) return ranks;
  // every id from the first to the last goes, as the original does
  const out = decode(exclude, 'error decoding --exclude idset: Invalid argument');
  return out.count === 0 ? ranks : ranks.difference(IdSet.range(out.first()!, out.last()!));
}

function decode(text: string, message: string): IdSet {
  try {
    return IdSet.parse(text);
  } catch {
    throw new CommandError(message);
  }
}

const shortForm = (ranks: IdSet) => ranks.encode(IDSET_FLAG.RANGE | IDSET_FLAG.BRACKETS);

/** One run of flux exec: its processes, their output, and what became of them. Also what `flux perilog-run` does on the ranks of a job. */
export class Exec {
  /** Exit codes by rank, once run() has returned; empty if it gave up. */
  readonly codes = new Map<number, number>();
  readonly #ctx: CommandContext;
  readonly #opts: Options;
  readonly #flux: Flux;
  readonly #ranks: IdSet;
  readonly #command: string[];
  readonly #processes: RemoteProcess[] = [];
  readonly #started = process.hrtime.bigint();
  /** Lines not complete yet, by rank and stream. */
  readonly #partial = new Map<string, Buffer>();
  #code = 0;
  #gaveUp = false;

  constructor(ctx: CommandContext, opts: Options, flux: Flux, ranks: IdSet) {
    this.#ctx = ctx;
    this.#opts = opts;
    this.#flux = flux;
    this.#ranks = ranks;
    this.#command = opts.args;
  }

  async run(): Promise<number> {
    this.#verbose(`Starting ${this.#command[0]} on ${shortForm(this.#ranks)}`);
    const running = this.#start();
    this.#verbose('Sent all requests');
    const stopSignals = this.#forwardSignals();
    const results = Promise.allSettled(this.#processes.map((p) => p.completed));
    const stopInput = this.#forwardInput(running);
    const settled = await results;
    stopInput();
    stopSignals();
    if (!this.#gaveUp) this.#report(settled);
    return this.#code;
  }

  /** Starts all; the result settles when each runs or has failed. */
  #start(): Promise<unknown> {
    const env = textVariables(this.#ctx.env);
    delete env['FLUX_URI'];
    const cwd = this.#opts.str('dir') ?? textDirectory(this.#ctx.cwd);
    const running: Promise<void>[] = [];
    for (const rank of this.#ranks) {
      running.push(
        new Promise((resolve) => {
          const remote = new RemoteProcess(
            this.#flux,
            rank,
            { argv: this.#command, cwd, env },
            {
              onRunning: () => {
                if (this.#opts.has('noinput')) remote.end('stdin');
                resolve();
              },
              onOutput: (stream, data) => this.#output(rank, stream, data),
              onEof: (stream) => this.#flush(rank, stream),
            },
          );
          this.#processes.push(remote);
          remote.completed.then(
            () => resolve(),
            () => resolve(),
          );
        }),
      );
    }
    return Promise.all(running);
  }

  /** Standard input goes to all, from when all run. With --exclude it is left alone. */
  #forwardInput(running: Promise<unknown>): () => void {
    if (this.#opts.has('noinput') || this.#opts.has('exclude')) return () => {};
    let stopped = false;
    void running.then(() => {
      if (stopped || !this.#processes.some((p) => p.running)) return;
      const { stdin } = this.#ctx;
      stdin.on('data', (chunk: Buffer) => {
        for (const p of this.#processes) p.write('stdin', chunk);
      });
      stdin.on('end', () => {
        for (const p of this.#processes) p.end('stdin');
      });
      stdin.resume();
    });
    return () => {
      stopped = true;
    };
  }

  #forwardSignals(): () => void {
    let lastInterrupt = 0;
    let interrupts = 0;
    const send = (signum: number) => {
      const running = this.#processes.filter((p) => p.running);
      if (this.#opts.has('verbose')) this.#ctx.stderr.write(`sending signal ${signum} to ${running.length} running processes\n`);
      for (const p of running) {
        p.kill(signum).catch((e) => {
          // it may end before the signal arrives
          if (!this.#gaveUp && !['ENOENT', 'ESRCH'].includes(toFluxError(e).code))
            this.#ctx.stderr.write(`${this.#ctx.prog}: kill rank ${p.rank}: ${errorText(e)}\n`);
        });
      }
    };
    const offInt = this.#ctx.onSignal('SIGINT', () => {
      const now = Date.now();
      const again = interrupts >= 2 && now - lastInterrupt <= INTERRUPT_WINDOW_MS;
      lastInterrupt = now;
      interrupts++;
      if (again) this.#giveUp();
      else {
        send(signals.SIGINT);
        if (interrupts >= 2) this.#ctx.stderr.write('interrupt (Ctrl+C) one more time within 1.00 sec to exit\n');
      }
    });
    const offTerm = this.#ctx.onSignal('SIGTERM', () => send(signals.SIGTERM));
    return () => {
      offInt();
      offTerm();
    };
  }

  #giveUp(): void {
    const left = IdSet.from(this.#processes.filter((p) => p.running).map((p) => p.rank));
    this.#ctx.stderr.write(`${shortForm(left)}: command still running at exit\n`);
    this.#code = 1;
    this.#gaveUp = true;
    this.#flux.close();
  }

  /** Whole lines go out at once; what has no newline yet waits for it or for the end of the stream. */
  #output(rank: number, stream: string, data: Buffer): void {
    const key = `${rank}/${stream}`;
    const all = this.#partial.has(key) ? Buffer.concat([this.#partial.get(key)!, data]) : data;
    const end = all.lastIndexOf(0x0a) + 1;
    this.#partial.set(key, all.subarray(end));
    if (end > 0) this.#print(rank, stream, all.subarray(0, end));
  }

  #flush(rank: number, stream: string): void {
    const rest = this.#partial.get(`${rank}/${stream}`);
    if (rest?.length) this.#print(rank, stream, rest);
    this.#partial.delete(`${rank}/${stream}`);
  }

  #print(rank: number, stream: string, data: Buffer): void {
    const out = stream === 'stderr' ? this.#ctx.stderr : this.#ctx.stdout;
    out.write(this.#opts.has('label-io') ? labelled(data, `${rank}: `) : data);
  }

  /** Exit codes and what to say of failures: a line for each distinct one, with the ranks it befell. */
  #report(results: PromiseSettledResult<number>[]): void {
    const failures = new Map<string, number[]>();
    const errors: string[] = [];
    results.forEach((result, i) => {
      const { rank } = this.#processes[i]!;
      if (result.status === 'rejected') {
        const error = toFluxError(result.reason);
        errors.push(`${this.#ctx.prog}: Error: rank ${rank}: ${this.#command[0]}: ${error.message}\n`);
        this.codes.set(rank, startFailures[error.code] ?? 1);
        return;
      }
      const status = result.value;
      this.codes.set(rank, shellExitCode(status));
      if (status === 0) return;
      const what = endedBySignal(status) ? strsignal(terminatingSignal(status)) : `Exit ${exitCode(status)}`;
      failures.set(what, [...(failures.get(what) ?? []), rank]);
    });
    this.#code = Math.max(0, ...this.codes.values());
    for (const line of errors) this.#ctx.stderr.write(line);
    const ran = results.length;
    this.#verbose(`${ran} tasks complete with code ${this.#code}`);
    if (this.#opts.has('quiet')) return;
    for (const [what, ranks] of failures) this.#ctx.stderr.write(`${shortForm(IdSet.from(ranks))}: ${what}\n`);
  }

  #verbose(text: string): void {
    if (!this.#opts.has('verbose')) return;
    const ms = Number(process.hrtime.bigint() - this.#started) / 1e6;
    this.#ctx.stderr.write(`${ms.toFixed(6)}ms: ${text}\n`);
  }
}

/** The lines of `data`, each behind the label. */
function labelled(data: Buffer, label: string): Buffer {
  const prefix = Buffer.from(label);
  const parts: Buffer[] = [];
  for (let at = 0; at < data.length; ) {
    const newline = data.indexOf(0x0a, at);
    const end = newline < 0 ? data.length : newline + 1;
    parts.push(prefix, data.subarray(at, end));
    at = end;
  }
  return Buffer.concat(parts);
}
