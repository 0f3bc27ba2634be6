import type { ServeHandler, Undo } from '../../plugin/types/common';
import { type ShellInfo, ShellLogLevel, type ShellRankInfo } from '../../plugin/types/shell-objects';
import { t } from '../../schema';
import { FluxError } from '../../sys/errors';
import { errnoText } from '../errors';
import { readOption } from '../option';
import type { ShellPlace } from '../stack/shell-parts';
import { DescribedShell } from './described';
import { parseShellR } from './resource-set';
import { TaskLayout } from './task-layout';

/** Highest level of the option `verbose`. */
const MAX_VERBOSE = 2;
const LONGEST_TOPIC = 127;

/** A shell that knows its place: which tasks of the job are its own, and where the others are. */
export class LearnedShell extends DescribedShell implements ShellPlace {
  readonly layout: TaskLayout;
  /** Shell rank. */
  readonly rank: number;
  /** Name of the shell's service; `''` in standalone. */
  readonly service: string;
  #info: ShellInfo | undefined;

  constructor(described: DescribedShell, { layout, rank }: { layout: TaskLayout; rank: number }) {
    super(described, described);
    const { standalone, userid, jobid } = this.shell.options;
    this.layout = layout;
    this.rank = rank;
    this.service = standalone ? '' : `${userid}-shell-${jobid}`;
  }

  get isLeader(): boolean {
    return this.rank === 0;
  }

  /** Whether it has no other shell to wait for. */
  get isAlone(): boolean {
    return this.layout.size === 1;
  }

  /** flux_shell_get_info(3): as it is when it is first asked for. */
  get info(): ShellInfo {
    const { rank, service, jobspec, layout, shell } = this;
    const { verbose, standalone } = shell.host;
    this.#info ??= {
      jobid: shell.jobid,
      rank,
      size: layout.size,
      ntasks: layout.ntasks,
      service,
      jobspec: jobspec.object,
      R: layout.R.object,
      options: { verbose, standalone },
    };
    return this.#info;
  }

  rankInfo(shellRank = -1): ShellRankInfo {
    return this.layout.rankInfo(shellRank === -1 ? this.rank : shellRank, this.rank);
  }

  /** Answers METHOD of the shell's service, to the owner and the user that the shell runs as. */
  serve<P>(method: string, handler: ServeHandler<P>): Undo {
    const topic = `${this.service}.${method}`;
    if (Buffer.byteLength(topic) > LONGEST_TOPIC) throw new FluxError('EINVAL');
    return this.flux.serve(topic, { roles: ['any'] }, (payload, request) => {
      if (!request.isOwner && request.userid !== this.shell.options.userid) throw new FluxError('EPERM');
      return handler(payload as P, request);
    });
  }

  async rpc<R>(
    method: string,
    shellRank: number,
    payload: object = {},
    { noResponse = false, signal }: { noResponse?: boolean; signal?: AbortSignal } = {},
  ): Promise<R> {
    const { layout, flux } = this;
    if (!Number.isInteger(shellRank) || shellRank < 0 || shellRank >= layout.size) throw new FluxError('EINVAL');
    const topic = `${this.service}.${method}`;
    const nodeid = layout.brokerRankOf(shellRank);
    if (!noResponse) return flux.rpc<R>(topic, payload, { nodeid, ...(signal ? { signal } : {}) });
    flux.notify(topic, payload, { nodeid });
    return {} as R;
  }
}

/** Steps 7 and 8: R, and which tasks run here. */
export async function learn(described: DescribedShell): Promise<LearnedShell> {
  const { shell, jobspec, brokerRank, questions } = described;
  const { readR } = shell.options;
  const text = readR ? shell.attempt(readR) : String((await questions.lookup)['R']);
  const layout = shell.attempt(() => TaskLayout.of(parseShellR(text), jobspec));
  const rank = shell.attempt(() => layout.shellRankOf(brokerRank));
  const learned = new LearnedShell(described, { layout, rank });
  shell.progress.reach('place', learned);
  if (learned.isLeader) {
    shell.contexts.add('shell.init', { 'leader-rank': brokerRank, size: layout.size });
    shell.contexts.add('shell.start', { 'task-count': layout.ntasks });
  }
  beVerbose(learned);
  tellLayout(learned);
  return learned;
}

function beVerbose(learned: LearnedShell): void {
  const { host, log } = learned.shell;
  host.beVerbose(verbosity(learned));
  if (host.verbose > MAX_VERBOSE) {
    log.warn(`Ignoring shell verbosity > ${MAX_VERBOSE}`);
    host.beVerbose(MAX_VERBOSE);
  }
  if (host.verbose > 0) log.setLevel(ShellLogLevel.NOTICE + host.verbose, 'any');
}

function verbosity(learned: LearnedShell): number {
  const { shell } = learned;
  try {
    return readOption(shell.log, learned.getopt('verbose'), t.wire(t.int())) ?? shell.host.verbose;
  } catch {
    return shell.die('failed to parse attributes.system.shell.verbose');
  }
}

function tellLayout({ shell, rank, jobspec, layout, isLeader }: LearnedShell): void {
  const { log } = shell;
  if (isLeader) {
    const { nslots, coresPerSlot, slotsPerNode } = jobspec;
    const counts = `slot_count=${nslots} cores_per_slot=${coresPerSlot} slots_per_node=${slotsPerNode}`;
    log.debug(`${rank}: task_count=${layout.ntasks} ${counts}`);
  }
  const ranks = layout.taskRanks(rank);
  const span = ranks.length > 1 ? `${ranks[0]}-${ranks.at(-1)}` : ranks.join();
  log.debug(`${rank}: tasks [${span}] on cores ${layout.R.shells[rank]!.cores}`);
}

/** Step 9: from now on requests reach the shell. */
export async function beginService({ shell, flux, service, isLeader }: LearnedShell): Promise<void> {
  if (shell.options.standalone) return;
  const { remove } = await flux.register(service).catch((e) => shell.die(`shell_svc_create: ${errnoText(e)}`));
  shell.progress.reach('service', { remove: () => remove().catch(() => {}) }); // the broker may be gone
  if (isLeader) shell.contexts.add('shell.init', { service });
}
