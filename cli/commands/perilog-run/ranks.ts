import { Kvs } from '../../../core/client/kvs';
import { Resources } from '../../../core/client/resource';
import { jobKvsKey } from '../../../core/formats/fluid';
import { IdSet } from '../../../core/formats/idset';
import type { Flux } from '../../../core/handle/flux';
import { Rlist } from '../../../core/resource/rlist';
import { isErrno } from '../../../core/sys/errors';
import { parseOptions } from '../../args/getopt';
import { reprList } from '../../args/python';
import { deriveContext } from '../../command';
import { connectPython, withFlux } from '../../connect';
import { Exec, execProgram } from '../exec';
import type { Perilog } from './perilog';

/** Runs a command on all ranks of a job at once, as `flux exec -qn` does, and drains those where it fails. Gives the largest exit code. */
export async function runOnRanks(perilog: Perilog, id: bigint, command: readonly string[]): Promise<number> {
  const { ctx, name } = perilog;
  const job = perilog.jobText(id);
  const ran = await withFlux(
    ctx,
    async (flux) => {
      const ranks = await ranksOf(flux, id);
      if (!ranks) return undefined;
      perilog.info(`${job}: ${name}: executing ${reprList(command)} on ranks ${ranks}`);
      return { ranks, ...(await execute(perilog, flux, ranks, command)) };
    },
    connectPython,
  );
  if (!ran) return perilog.error(`R not found in kvs for job ${job}, unable to continue`);
  const succeeded = IdSet.from([...ran.ranks].filter((rank) => ran.codes.get(rank) === 0));
  const failed = ran.ranks.difference(succeeded);
  if (!failed.isEmpty) {
    perilog.info(`${job}: ${failed} failed ${name}, draining`);
    // On a connection of its own: a third interrupt closes that of the processes.
    await withFlux(ctx, (flux) => new Resources(flux).drain(failed, `${name} failed for jobid ${job}`), connectPython);
  }
  if (!succeeded.isEmpty) perilog.info(`${job}: ${name}: completed successfully on ${succeeded}`);
  return ran.code;
}

/** The ranks in a job's R; undefined if it has none. */
async function ranksOf(flux: Flux, id: bigint): Promise<IdSet | undefined> {
  try {
    return Rlist.fromR((await new Kvs(flux).get(jobKvsKey(id, 'R'))).toString()).ranks();
  } catch (e) {
    if (isErrno(e, 'ENOENT')) return undefined;
    throw e;
  }
}

/** Exit codes of the command by rank, and the one of all; there are none if it gave up. */
async function execute({ ctx }: Perilog, flux: Flux, ranks: IdSet, command: readonly string[]) {
  const argv = ['-q', '-n', '--', ...command];
  const execContext = deriveContext(ctx, { name: 'exec', full: 'flux-exec', prog: 'flux-exec', argv });
  const exec = new Exec(execContext, parseOptions(execContext, execProgram), flux, ranks);
  return { code: await exec.run(), codes: exec.codes };
}
