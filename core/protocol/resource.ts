import { t } from '../schema';
import type { Schema } from '../schema/schema';
import { event } from './event';
import { method } from './method';
import { service } from './service';

/** How the resource module came to know the resources of the instance. */
const foundBy = t.oneOf(['configuration', 'kvs', 'job-info', 'dynamic-discovery', 'reload']);
const targets = t.string();
const badTargets = { EINVAL: 'the targets are no set of ranks or hosts of the instance', ENOENT: 'the resources are not known yet' };
/** A document of each rank, null where there is none. */
const documents = t.array() as Schema<unknown> as Schema<(string | null)[], false, readonly (string | null)[]>;

/** The resources of the instance, and which of them can be used (docs/protocol/resource-sched.md §6). Sets of ranks are idsets; R is that of RFC 20. */
export const resource = service('resource', {
  /** R of all resources; ranks that are drained, by reason and time (seconds since the epoch); those that are online, offline and excluded. On rank 0. */
  status: method({
    role: 'owner',
    response: t.wire({
      R: t.exactObject(),
      drain: t.record(t.wire({ timestamp: t.number(), reason: t.string() })),
      online: t.string(),
      offline: t.string(),
      exclude: t.string(),
    }),
    errors: { EPROTO: 'this RPC only works on rank 0', ENOENT: 'the resources are not known yet' },
  }),
  /** Keeps ranks, an idset, else a hostlist, from being scheduled; those that are drained get the new reason. */
  drain: method({ role: 'owner', leader: true, request: t.wire({ targets, reason: t.optional(t.string()) }), errors: badTargets }),
  /** Lets them be scheduled again: all of them, or none. */
  undrain: method({ role: 'owner', leader: true, request: t.wire({ targets }), errors: badTargets }),
  /** Takes the resources over, as a scheduler does. First R and the ranks that are up, then ranks that go up or down. */
  acquire: method({
    role: 'owner',
    leader: true,
    answers: 'stream',
    response: t.wire({ resources: t.optional(t.exactObject()), up: t.optional(t.string()), down: t.optional(t.string()) }),
    errors: { EBUSY: 'another client has them', ECANCELED: 'the resource module was unloaded' },
  }),
  /** Gives them back: the stream ends. */
  acquireCancel: method({
    name: 'acquire-cancel',
    role: 'owner',
    leader: true,
    answers: 'never',
    request: t.wire({ matchtag: t.int() }),
  }),
  /** A client is gone: what it acquired is free, what it waits for forgotten. */
  disconnect: method({ role: 'owner', leader: true, answers: 'never' }),
  /** R as a rank knows it, and how it came by it. */
  get: method({
    role: 'owner',
    response: t.wire({ R: t.exactObject(), method: foundBy }),
    errors: { ENOENT: 'the resources are not known yet' },
  }),
  /** hwloc XML of each rank, when all of them have told theirs. On rank 0. */
  getXml: method({
    name: 'get-xml',
    role: 'owner',
    response: t.wire({ xml: documents }),
    errors: { EPROTO: 'this RPC only works on rank 0', EINVAL: 'the instance may start without some of its ranks' },
  }),
  /** hwloc XML of this rank. */
  topoGet: method({ name: 'topo-get', role: 'owner', response: 'text' }),
  /** What the ranks of a child's subtree have, `count` of them: their R, and their hwloc XML by ranks. */
  topoReduce: method({
    name: 'topo-reduce',
    role: 'owner',
    answers: 'never',
    request: t.wire({ count: t.int(), resource: t.exactObject(), xml: t.record(t.string()) }),
  }),
  /** Replaces R by that of a file or, with `xml`, of a directory of hwloc XML files, RANK.xml. With `force` it may have ranks that the instance has not. */
  reload: method({
    role: 'owner',
    request: t.wire({ path: t.string(), xml: t.boolean(), force: t.boolean() }),
    errors: {
      ENOSYS: 'resource.reload is only available on rank 0',
      ENOENT: 'there is no such file',
      EINVAL: 'R is not valid, or has ranks that the instance has not',
      EBUSY: 'a scheduler has the resources',
    },
  }),
  /** Answered when exactly this many ranks are online. On rank 0. */
  monitorWaitup: method({
    name: 'monitor-waitup',
    role: 'owner',
    request: t.wire({ up: t.int() }),
    errors: { EPROTO: 'the instance has not so many ranks, or this is not rank 0' },
  }),

  /** The service is there (again): a scheduler acquires what there is now. Private. */
  hello: event(),
});
