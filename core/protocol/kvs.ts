import type { Treeobj } from '../formats/treeobj';
import { type Schema, t } from '../schema';
import { event } from './event';
import { method } from './method';
import { service } from './service';

/** A tree object (docs/protocol/kvs.md §1). */
export const treeobj = t.exactObject() as unknown as Schema<Treeobj, false, Treeobj>;

const namespace = t.string();
const named = t.wire({ namespace });
const root = { rootref: t.string(), rootseq: t.int() };
const lookup = t.wire({
  key: t.string(),
  flags: t.int(),
  namespace: t.optional(namespace),
  rootdir: t.optional(t.any()),
  rootseq: t.optional(t.int()),
  offset: t.optional(t.int()),
});
const lookupErrors = {
  ENOENT: 'there is no such key, or a blob of it is missing',
  EISDIR: 'a directory, where a value was wanted',
  ENOTDIR: 'no directory, where one was wanted',
  EINVAL: 'no link, where one was wanted; or rootdir is none',
  ELOOP: 'more than ten links',
  ENOTSUP: 'there is no such namespace',
  EPERM: "the namespace is another user's",
  ENOTRECOVERABLE: 'a directory of the path does not decode',
} as const;
const commitErrors = {
  ENOTSUP: 'there is no such namespace, or it was removed',
  EPERM: "the namespace is another user's",
  EINVAL: 'an operation on the root, or through a link to another namespace, or with no tree object',
  EISDIR: 'an append to a directory',
  ENOENT: 'a blob of the path is missing',
  EFBIG: 'a value is longer than content.blob-size-limit',
  ELOOP: 'the path has a loop of links',
} as const;
const accessErrors = { ENOTSUP: 'there is no such namespace', EPERM: "the namespace is another user's" } as const;
/** What all ranks are told of a namespace has its name in the middle of the topic. */
const ofNamespace = { name: 'namespace-', subject: 'NAMESPACE' } as const;

/**
 * The key-value store: namespaces of keys in a hash tree (docs/protocol/kvs.md §4). `flags` of a namespace are stored and listed, nothing else; its `owner` is a
 * userid, as a signed integer of 32 bits.
 */
export const kvs = service('kvs', {
  /**
   * What stands under a key, in a namespace, or in the snapshot of a root or directory reference (`rootdir`), which wins. `flags`: 1 a directory is wanted, 2
   * a link, 16 the tree object that stands there; 0 a value.
   */
  lookup: method({ role: 'user', request: lookup, response: t.wire({ val: treeobj }), errors: lookupErrors }),
  /**
   * As lookup, with the root in which was looked: that the key is absent is a success, with `errno` 2. A `rootdir` needs its `rootseq`. With `offset` only
   * what the value has from this byte on, and the `length` of all of it.
   */
  lookupPlus: method({
    name: 'lookup-plus',
    role: 'user',
    request: lookup,
    response: t.wire({ val: t.optional(treeobj), length: t.optional(t.int()), errno: t.optional(t.int()), ...root }),
    errors: lookupErrors,
  }),
  /**
   * Applies operations `{ key, flags, dirent }` in their order, all or none. `dirent` is a tree object, or null to remove the key; flag 32 adds to a value. Flag 1
   * of the commit: it is not merged with others. Answered with a root that has it, which this rank serves by then.
   */
  commit: method({
    role: 'user',
    request: t.wire({ namespace, flags: t.int(), ops: t.any() }),
    response: t.wire(root),
    errors: { ...commitErrors, EPROTO: 'a malformed operation' },
  }),
  /** As commit, for `nprocs` requests of one name as one, from any ranks, when the last has come. */
  fence: method({
    role: 'user',
    request: t.wire({ name: t.string(), nprocs: t.int(), namespace, flags: t.int(), ops: t.any() }),
    response: t.wire(root),
    errors: {
      ...commitErrors,
      EINVAL: 'as of commit; others by this name have other nprocs or flags',
      EOVERFLOW: 'nprocs have come already',
    },
  }),
  /** The root that this rank serves. */
  getroot: method({
    role: 'user',
    request: named,
    response: t.wire({ owner: t.int(), ...root, flags: t.int() }),
    errors: accessErrors,
  }),
  /** Answered when this rank serves a root of at least this sequence number. */
  sync: method({ role: 'user', request: t.wire({ rootseq: t.int(), namespace }), response: t.wire(root), errors: accessErrors }),
  /** Holds back what new roots of a namespace lead to on this rank. For tests. */
  setrootPause: method({ name: 'setroot-pause', role: 'user', request: named, errors: accessErrors }),
  /** Lets it happen, in its order. */
  setrootUnpause: method({ name: 'setroot-unpause', role: 'user', request: named, errors: accessErrors }),
  /** A client is gone: what it waits for with sync is forgotten. Its transactions are carried out. */
  disconnect: method({ role: 'user', answers: 'never' }),
  /** Makes a namespace with this root, owned by a userid; -1: the instance owner. */
  namespaceCreate: method({
    name: 'namespace-create',
    role: 'owner',
    request: t.wire({ namespace, rootref: t.string(), owner: t.int(), flags: t.int() }),
    errors: { EEXIST: 'there is one of this name, or it is not gone yet' },
    leader: true,
  }),
  /** Removes a namespace; one that does not exist is fine. */
  namespaceRemove: method({
    name: 'namespace-remove',
    role: 'owner',
    request: named,
    errors: { ENOTSUP: 'the primary one' },
    leader: true,
  }),
  /** Namespaces known on this rank. */
  namespaceList: method({
    name: 'namespace-list',
    role: 'owner',
    response: t.wire({ namespaces: t.array(t.wire({ namespace, owner: t.int(), flags: t.int() })) }),
  }),
  /** Drops what can be loaded again from this rank's cache. */
  dropcache: method({ role: 'owner' }),
  /** Objects in this rank's cache, and what waits in each namespace (docs/protocol/kvs.md §4). */
  statsGet: method({ name: 'stats.get', role: 'owner', response: t.wire({ cache: t.record(), namespace: t.record(t.record()) }) }),
  /** Sets the counters among them to zero. */
  statsClear: method({ name: 'stats.clear', role: 'owner' }),
  /** A commit of another rank; `name` is what the events of its result are to list. */
  relaycommit: method({
    role: 'owner',
    request: t.wire({ ops: t.array(), name: t.string(), namespace, flags: t.int() }),
    errors: { ENOTSUP: 'there is no such namespace' },
    leader: true,
  }),
  /** A part of a fence from another rank. */
  relayfence: method({
    role: 'owner',
    request: t.wire({ ops: t.array(), name: t.string(), namespace, flags: t.int(), nprocs: t.int() }),
    errors: { ENOTSUP: 'there is no such namespace', EINVAL: 'other nprocs or flags', EOVERFLOW: 'nprocs have come already' },
    leader: true,
  }),
  /** A client of another rank was given this blobref of a directory: what it refers to is to be stored. */
  expose: method({ role: 'owner', request: 'text', answers: 'never' }),
  /** Gives a blob that rank 0 has not stored yet, to the content service. */
  lend: method({ role: 'owner', request: 'text', response: 'bytes', errors: { ENOENT: 'there is none of this blobref' } }),

  /** All that happens to a namespace, and to others whose names begin with its name. Private, as each of them. */
  namespace: event({ ...ofNamespace, payload: named }),
  /** It is there. */
  created: event({ ...ofNamespace, ending: '-created', payload: t.wire({ namespace, ...root, owner: t.int() }) }),
  /** It has a new root. `names` of the commits and fences in it; `keys` of their operations, normalised, with null. */
  setroot: event({
    ...ofNamespace,
    ending: '-setroot',
    payload: t.wire({ namespace, ...root, names: t.array(t.string()), keys: t.exactObject(), owner: t.int() }),
  }),
  /** Commits and fences of these names have failed. */
  error: event({ ...ofNamespace, ending: '-error', payload: t.wire({ namespace, names: t.array(t.string()), errnum: t.int() }) }),
  /** It is gone. */
  removed: event({ ...ofNamespace, ending: '-removed', payload: named }),
  /** Every rank that knows a namespace is to drop its cache. */
  dropcacheAll: event({ name: 'dropcache' }),
  /** Every rank that knows a namespace is to set its counters to zero. */
  statsClearAll: event({ name: 'stats.clear' }),
});
