import { listJob } from '../../../core/client/job-list';
import { JobState } from '../../../core/client/job-states';
import { parseJobId } from '../../../core/formats/fluid';
import { jobList } from '../../../core/protocol/job-list';
import { isErrno } from '../../../core/sys/errors';
import { type CommandContext, CommandError, failedText } from '../../command';
import { withFlux } from '../../connect';

/** The URI of an instance: the word itself, or what the job of this id has published of the instance that it is (its memo `uri`). */
export async function uriOf(ctx: CommandContext, target: string): Promise<string> {
  const id = target.includes('://') ? undefined : jobIdOf(target);
  if (id === undefined) return target;
  const { state, annotations } = await withFlux(ctx, async (flux) => {
    try {
      return await listJob(flux, id, ['state', 'annotations']);
    } catch (e) {
      throw isErrno(e, 'ENOENT') ? new CommandError(`jobid ${target} not found`) : failedText(jobList.listId.topic, e);
    }
  });
  if (state !== JobState.RUN) throw new CommandError(`jobid ${target} is not running`);
  const uri = (annotations as { user?: { uri?: unknown } } | undefined)?.user?.uri;
  if (typeof uri !== 'string') throw new CommandError(`URI not found for job ${target}`);
  return uri;
}

function jobIdOf(text: string): bigint | undefined {
  try {
    return parseJobId(text);
  } catch {
    return undefined; // no id: whoever opens it says what it is not
  }
}
