import { IdSet } from '../../formats/idset';
import type { ShellRankInfo } from '../../plugin/types/shell-objects';
import { t } from '../../schema';
import { FluxError } from '../../sys/errors';
import { distributeTasks, tasksPerResource } from './distribution';
import type { ShellJobspec } from './jobspec';
import type { ShellR } from './resource-set';

/** The option `per-resource`: so many tasks on each resource of a type. */
const perResource = t.wire({ type: t.string(), count: t.int({ default: 1 }) }, { title: 'invalid per-resource spec' });

/** Which tasks run where: made once from jobspec and R, the same in every shell of a job. */
export class TaskLayout {
  readonly size: number;
  readonly ntasks: number;
  /** First global task rank of each shell. */
  readonly #first: readonly number[];

  private constructor(
    readonly R: ShellR,
    readonly counts: readonly number[],
  ) {
    let first = 0;
    this.#first = counts.map((count) => (first += count) - count);
    this.ntasks = first;
    this.size = counts.length;
  }

  /** @throws FluxError EINVAL with the contract's text (docs/protocol/shell.md §3) */
  static of(R: ShellR, jobspec: ShellJobspec): TaskLayout {
    const cores = R.shells.map(({ ncores }) => ncores);
    const spec = jobspec.options['per-resource'];
    if (spec !== undefined) return new TaskLayout(R, countsPerResource(cores, spec));
    try {
      return new TaskLayout(R, distributeTasks(cores, jobspec.ntasks, jobspec.coresPerSlot));
    } catch (e) {
      throw new FluxError('EINVAL', `error distributing ${jobspec.ntasks} tasks over R`, { cause: e });
    }
  }

  /** Shell rank of the shell on this broker. @throws FluxError ENOENT `error fetching rankinfo for rank N` */
  shellRankOf(brokerRank: number): number {
    const rank = this.R.shells.findIndex((shell) => shell.brokerRank === brokerRank);
    if (rank < 0) throw new FluxError('ENOENT', `error fetching rankinfo for rank ${brokerRank}`);
    return rank;
  }

  brokerRankOf(shellRank: number): number {
    return this.R.shells[shellRank]!.brokerRank;
  }

  /** Global ranks of a shell's tasks, ascending. */
  taskRanks(shellRank: number): number[] {
    const first = this.#first[shellRank]!;
    return Array.from({ length: this.counts[shellRank]! }, (_, i) => first + i);
  }

  /** flux_shell_get_rank_info(3) as shell `own` answers it. @throws FluxError EINVAL: no such shell, or one without tasks */
  rankInfo(shellRank: number, own: number): ShellRankInfo {
    const shell = this.R.shells[shellRank];
    const ntasks = this.counts[shellRank];
    if (shell === undefined || !ntasks) throw new FluxError('EINVAL');
    // the resources are the asking shell's, whichever rank it asks for (docs/protocol/shell-initrc.md §2.1)
    const { cores, gpus } = this.R.shells[own]!;
    const taskids = IdSet.from(this.taskRanks(shellRank)).encode();
    return { broker_rank: shell.brokerRank, ntasks, taskids, resources: { cores, gpus } };
  }
}

function countsPerResource(cores: readonly number[], spec: unknown): number[] {
  const { type, count } = perResource.parse(spec);
  const counts = tasksPerResource(cores, type, count);
  if (!counts) throw new FluxError('EINVAL', `error distributing ${count} tasks per-${type} over R`);
  return counts;
}
