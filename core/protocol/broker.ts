import { t } from '../schema';
import { method } from './method';
import { builtin } from './module';
import { service } from './service';

const topic = t.wire({ topic: t.string() });
const errors = { ENOENT: 'the sender is no module' } as const;

/** A loaded module: size in bytes and SHA-1 in hex of its file, whole seconds since its last message, its state (0 init, 1 running, 2 finalizing, 3 exited). */
const loaded = t.wire({
  name: t.string(),
  size: t.int(),
  digest: t.string(),
  idle: t.int(),
  status: t.int(),
  services: t.array(t.string()),
});

/** The broker's own small methods, and its modules (docs/protocol/broker.md §4, §7; flux-module(1)). Processes: rexec. */
export const broker = service('broker', {
  /** Gives the request back, with its route, userid and rolemask. */
  ping: method(builtin.ping.spec),
  /** The resources that the broker's process has used (getrusage(2)). */
  rusage: method(builtin.rusage.spec),
  /** Ends the broker at once, without cleanup, after a line with the reason on its stderr. */
  panic: method({ role: 'owner', request: t.wire({ reason: t.string(), flags: t.int() }), answers: 'never' }),
  /** Events whose topic begins so come to the module that asks. Clients of a connector ask that (subscriptions). */
  sub: method({ role: 'owner', request: topic, errors }),
  /** Takes one such subscription back; there need be none. */
  unsub: method({ role: 'owner', request: topic, errors }),
  /** Loads the module of a file; answered when it runs. */
  insmod: method({
    role: 'owner',
    request: t.wire({ path: t.string(), args: t.array(t.string()) }),
    errors: { ENOENT: 'there is no such module', EEXIST: 'its name or a service of it is taken', ECONNRESET: 'it ended before it ran' },
  }),
  /** Unloads a module; answered when nothing of it is left. */
  rmmod: method({
    role: 'owner',
    request: t.wire({ name: t.string() }),
    errors: { ENOENT: 'it is not loaded', ENOSYS: 'it is on its way out already' },
  }),
  /** The modules that are loaded, in the order of their loading. */
  lsmod: method({ role: 'owner', response: t.wire({ mods: t.array(loaded) }) }),
  /** A client is gone: processes that it started get SIGKILL. */
  disconnect: method({ role: 'owner', answers: 'never' }),
});

/** What connectors answer for their clients instead of the broker (docs/protocol/wire.md §4). */
export const subscriptions = service('local', {
  /** Events whose topic begins so come to the client that asks. */
  sub: method({ role: 'any', request: topic }),
  /** Takes one such subscription back. */
  unsub: method({ role: 'any', request: topic, errors: { ENOENT: 'the client has none of this topic' } }),
});
