import { t } from '../schema';
import { method } from './method';
import { service } from './service';

const ofJob = t.wire({ id: t.id() });

/**
 * What a scheduler serves, whatever it is called itself (docs/protocol/resource-sched.md §7, RFC 27). The job manager sends alloc, free, cancel and prioritize with
 * matchtag 0, and finds what a response belongs to by its `id`.
 */
export const sched = service('sched', {
  /**
   * Asks for the resources of a job. Any number of responses of `type` 1 (annotate) may come before the last one: 0 (success: R is in the KVS), 2 (deny, with a
   * `note`), 3 (cancel). `t_submit`: seconds since the epoch.
   */
  alloc: method({
    role: 'owner',
    request: t.wire({ id: t.id(), priority: t.int(), userid: t.int(), t_submit: t.number(), jobspec: t.record() }),
    response: t.wire({ id: t.id(), type: t.int(), note: t.optional(t.string()), annotations: t.optional(t.exactObject()) }),
    errors: { EINVAL: 'more requests than the scheduler takes', ENOSYS: 'the scheduler is on its way out' },
  }),
  /** Gives the resources of a job back. */
  free: method({
    role: 'owner',
    request: ofJob,
    response: ofJob,
    errors: { ENOENT: 'the job has no R', EEXIST: 'its resources are free' },
  }),
  /** Takes an alloc request back: a last response of type 3 tells that it is. Nothing happens where there is none. */
  cancel: method({ role: 'owner', request: ofJob, answers: 'never' }),
  /** Gives new priorities, 0 to 4294967295, to jobs whose alloc requests wait; others are passed over. */
  prioritize: method({ role: 'owner', request: t.wire({ jobs: t.array(t.tuple(t.id(), t.number())) }), answers: 'never' }),
  /** A client is gone: its alloc requests are dropped. */
  disconnect: method({ role: 'owner', answers: 'never' }),
  /** The instance's resources, those that jobs hold, and those that are down: each an R. */
  resourceStatus: method({
    name: 'resource-status',
    role: 'user',
    response: t.wire({ all: t.record(), allocated: t.record(), down: t.record() }),
  }),
  /** Whether the instance could ever run a job of this jobspec, were all of it up and free. */
  feasibility: method({
    role: 'user',
    request: t.wire({ jobspec: t.exactObject() }),
    response: t.wire({ errnum: t.int() }),
    errors: { EINVAL: 'the jobspec is not what the scheduler understands', EOVERFLOW: 'the instance has not so many resources' },
  }),
});
