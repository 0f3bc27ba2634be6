import { t } from '../schema';
import { method } from './method';
import { service } from './service';

/** What starts jobs, by whatever name it gave the job manager (docs/protocol/job-exec.md §2). Rank 0. */
export const jobExec = service('job-exec', {
  /**
   * Runs the shells of a job. The job manager asks with matchtag 0, for each job once, and is told any number of times: `type` is start, reattached, exception,
   * finish or release; a release with `final` is the last. `reattach`: the job ran before there was this job manager.
   */
  start: method({
    role: 'owner',
    request: t.wire({ id: t.id(), userid: t.int(), jobspec: t.record(), reattach: t.boolean() }),
    response: t.wire({ id: t.id(), type: t.string(), data: t.exactObject() }),
  }),
  /** Test hook: starts (`event` start) or finishes (finish, with a wait status) a job whose jobspec says that nothing else does. */
  override: method({
    role: 'user',
    request: t.wire({ event: t.string(), jobid: t.id(), status: t.int({ default: 0 }) }),
    errors: {
      ENOENT: 'no such job that only pretends to run',
      EPERM: "another user's job",
      EINVAL: 'it is not in this mode, or not at this point',
    },
  }),
});
