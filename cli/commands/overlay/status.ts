import { formatFsd } from '../../../core/formats/fsd';
import type { Flux } from '../../../core/handle/flux';
import type { ReceivedFrom } from '../../../core/protocol';
import { overlay, type Subtree } from '../../../core/protocol/overlay';
import { errorText, FluxError } from '../../../core/sys/errors';
import type { OptionSpec, Options } from '../../args/getopt';
import { type CommandContext, CommandError } from '../../command';
import { withFlux } from '../../connect';
import { Tree } from './tree';

const states = ['full', 'partial', 'degraded', 'offline', 'lost'] as const;
type State = (typeof states)[number];

type SubtreeHealth = ReceivedFrom<typeof overlay.health>;
/** Of one rank; `duration`: seconds in that state. */
type Health = Omit<SubtreeHealth, 'children'>;

export const statusOptions: readonly OptionSpec[] = [
  { name: 'rank', key: 'r', arg: 'NODEID', help: 'Check health of subtree rooted at NODEID (default 0)' },
  {
    name: 'verbose',
    key: 'v',
    arg: 'LEVEL',
    optional: true,
    help: 'Increase reporting detail: show time in state, with -vv also RPC times',
  },
  { name: 'timeout', key: 't', arg: 'FSD', help: 'Give up on a broker that does not answer within FSD (default: never)' },
  { name: 'summary', help: 'Show only the root subtree status' },
  { name: 'down', help: 'Show only the partial/degraded subtrees' },
  { name: 'no-pretty', help: 'Do not indent entries and use line drawing characters to show overlay tree structure' },
  { name: 'no-ghost', help: 'Do not fill in presumed state of nodes that are inaccessible behind offline/lost overlay parents' },
  { name: 'no-color', help: 'Do not highlight status with colors' },
  {
    name: 'wait',
    key: 'w',
    arg: 'STATE',
    help: 'Wait until subtree enters STATE before reporting (full, partial, degraded, offline, lost)',
  },
];

/** `flux overlay status`: the health of the tree, broker by broker. */
export async function status(ctx: CommandContext, opts: Options): Promise<void> {
  const rank = opts.int('rank', 0);
  const verbose = opts.int('verbose', 0);
  const timeout = opts.duration('timeout');
  const wanted = opts.str('wait');
  if (wanted !== undefined && !states.includes(wanted as State)) throw new CommandError('invalid --wait state');
  opts.expectArgs(0);
  await withFlux(ctx, async (flux) => {
    const health = new HealthClient(flux, timeout);
    // a failure at the root is fatal: it has no line of its own
    const root = await timed(wanted === undefined ? health.get(rank) : health.wait(rank, wanted as State));
    const lines = new Lines(ctx, opts, verbose, opts.has('summary') ? undefined : await Tree.of(flux));
    if (opts.has('summary')) lines.print(0, root.value, { ms: root.ms });
    else await new Walk(lines, health, { down: opts.has('down'), ghosts: !opts.has('no-ghost') }).subtree(0, root);
  });
}

interface Timed<T> {
  value: T;
  /** Milliseconds that the answer took. */
  ms: number;
}

async function timed<T>(answer: Promise<T>): Promise<Timed<T>> {
  const asked = performance.now();
  return { value: await answer, ms: performance.now() - asked };
}

/** Asks brokers for their health. A broker that does not answer in time is ETIMEDOUT. */
class HealthClient {
  readonly #flux: Flux;
  readonly #timeout: { timeout?: number };

  constructor(flux: Flux, seconds: number | undefined) {
    this.#flux = flux;
    this.#timeout = seconds === undefined ? {} : { timeout: seconds * 1000 };
  }

  get(rank: number): Promise<SubtreeHealth> {
    return this.#flux.call(overlay.health, undefined, { nodeid: rank, ...this.#timeout });
  }

  /** The health of a broker as soon as it is in this state. */
  async wait(rank: number, wanted: State): Promise<SubtreeHealth> {
    const ms = this.#timeout.timeout;
    const signal = ms === undefined ? undefined : AbortSignal.timeout(ms);
    try {
      const changes = this.#flux.open(overlay.health, undefined, { nodeid: rank, ...(signal ? { signal } : {}) });
      for await (const health of changes) if (health.status === wanted) return health;
    } catch (e) {
      throw signal?.aborted ? new FluxError('ETIMEDOUT') : e;
    }
    throw new CommandError(`rank ${rank} stopped reporting its health`);
  }

  topology(parent: number, rank: number): Promise<Subtree> {
    return this.#flux.call(overlay.topology, { rank }, { nodeid: parent, ...this.#timeout });
  }
}

/** The tree, depth first: each broker speaks for itself and its direct children, those that can't be reached are ghosts. */
class Walk {
  readonly #lines: Lines;
  readonly #health: HealthClient;
  readonly #options: { down: boolean; ghosts: boolean };

  constructor(lines: Lines, health: HealthClient, options: { down: boolean; ghosts: boolean }) {
    this.#lines = lines;
    this.#health = health;
    this.#options = options;
  }

  async subtree(level: number, { value: health, ms }: Timed<SubtreeHealth>): Promise<void> {
    if (this.#options.down && health.status === 'full') return;
    this.#lines.print(level, health, { ms });
    for (const child of health.children) {
      if (this.#options.down && child.status === 'full') continue;
      if (child.status === 'offline' || child.status === 'lost') {
        this.#lines.print(level + 1, child);
        await this.#ghostsBelow(level + 1, health.rank, child.rank, child.status);
      } else await this.#child(level + 1, health.rank, child.rank);
    }
  }

  async #child(level: number, parent: number, rank: number): Promise<void> {
    let answer: Timed<SubtreeHealth>;
    try {
      answer = await timed(this.#health.get(rank));
    } catch (e) {
      this.#lines.printError(level, rank, errorText(e));
      await this.#ghostsBelow(level, parent, rank, 'lost');
      return;
    }
    await this.subtree(level, answer);
  }

  async #ghostsBelow(level: number, parent: number, rank: number, state: string): Promise<void> {
    if (!this.#options.ghosts) return;
    const { children } = await this.#health.topology(parent, rank);
    this.#ghosts(level + 1, children, state);
  }

  #ghosts(level: number, nodes: readonly Subtree[], status: string): void {
    for (const { rank, children } of nodes) {
      this.#lines.print(level, { rank, status, duration: 0 }, { ghost: true });
      this.#ghosts(level + 1, children, status);
    }
  }
}

const color = { lost: '\x1b[31m', offline: '\x1b[33m', ghost: '\x1b[90m', none: '\x1b[39m' } as const;
const branch = '\x1b(0m\x1b(B'; // the corner of the line drawing set

/** One line a broker: `INDENT RANK HOST: STATE[ for FSD][ (T ms)]`. */
class Lines {
  readonly #ctx: CommandContext;
  readonly #pretty: boolean;
  readonly #colors: boolean;
  readonly #verbose: number;
  readonly #tree: Tree | undefined;

  /** Without a tree lines have no names: only the state. */
  constructor(ctx: CommandContext, opts: Options, verbose: number, tree: Tree | undefined) {
    this.#ctx = ctx;
    this.#pretty = !opts.has('no-pretty');
    this.#colors = !opts.has('no-color');
    this.#verbose = verbose;
    this.#tree = tree;
  }

  print(level: number, { rank, status, duration }: Health, { ms, ghost = false }: { ms?: number; ghost?: boolean } = {}): void {
    const since = this.#verbose >= 1 && duration > 0 ? ` for ${formatFsd(duration)}` : '';
    const took = this.#verbose >= 2 && ms !== undefined ? ` (${ms.toFixed(3)} ms)` : '';
    this.#ctx.stdout.write(`${this.#name(level, rank)}${this.#colored(status, ghost)}${since}${took}\n`);
  }

  printError(level: number, rank: number, text: string): void {
    this.#ctx.stdout.write(`${this.#name(level, rank)}${text}\n`);
  }

  #name(level: number, rank: number): string {
    if (!this.#tree) return '';
    const indent = this.#pretty && level > 0 ? `${' '.repeat(level - 1)}${branch}` : '';
    return `${indent}${rank} ${this.#tree.findHost(rank) ?? 'unknown'}: `;
  }

  #colored(status: string, ghost: boolean): string {
    const start = ghost ? color.ghost : status === 'lost' || status === 'offline' ? color[status] : undefined;
    return this.#colors && start !== undefined ? `${start}${status}${color.none}` : status;
  }
}
