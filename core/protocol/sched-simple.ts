import { builtin } from './module';
import { sched } from './sched';
import { service } from './service';

/** What the module sched-simple serves under its own name, besides `sched` (docs/protocol/resource-sched.md §7). */
export const schedSimple = service('sched-simple', {
  /** Changes the debug flags: 1 denies every alloc, 2 annotates jobs that wait. */
  debug: builtin.debug,
  /** The same as sched.resource-status. */
  resourceStatus: sched.resourceStatus,
  /** The same as sched.feasibility. */
  feasibility: sched.feasibility,
});
