import type { KeyType } from '../../../core/handle/unpack';
import type { AccessRole } from '../../../core/protocol';

/** What the contract says of a method: who besides the owner may call it, and what its request must hold. */
export interface Method {
  role: AccessRole;
  /** Keys of the request; absent: it takes anything that could be text. */
  keys?: Readonly<Record<string, KeyType>>;
  /** The payload is bytes, which are not looked into. */
  raw?: boolean;
  /** Keys beyond these are an error, too. */
  exact?: boolean;
  /** A request without the STREAMING flag is EPROTO. */
  streaming?: boolean;
  /** Never answered once access is granted. */
  silent?: boolean;
  /** What the contract has it say of a malformed request; elsewhere EPROTO has no text. */
  complaint?: RegExp;
  /** An unknown method, whatever it gets: other modules have it. */
  unknown?: boolean;
  /** What it does with a payload it accepts would end the test: a module's end, another scheduler, no more allocations. */
  drastic?: boolean;
}

type Options = Omit<Method, 'role' | 'keys'>;
const method =
  (role: AccessRole) =>
  (keys?: Method['keys'], options: Options = {}): Method => ({ role, ...(keys ? { keys } : {}), ...options });
const owner = method('owner');
const user = method('user');
const any = method('any');
const silent = { silent: true };
const drastic = { drastic: true };
const jobList = { complaint: /^invalid payload: / };

/** Methods every module has (docs/protocol/broker.md §7). */
const builtin: Readonly<Record<string, Method>> = {
  ping: any({}),
  rusage: owner(),
  'stats.get': any(),
  'stats.clear': owner(),
  debug: owner({ op: 's', flags: 'i' }),
  shutdown: owner(undefined, drastic),
  'config-reload': owner({}, drastic),
};

const module = (methods: Readonly<Record<string, Method>> = {}) => ({ ...builtin, ...methods });

/** Every service of a full instance with its methods, from the contract's tables: broker, wire, content, kvs, job-*, resource-sched, cron-heartbeat-barrier. */
export const services: Readonly<Record<string, Readonly<Record<string, Method>>>> = {
  attr: { get: any({ name: 's' }), set: owner({ name: 's', value: 's' }), rm: owner({ name: 's' }), list: any() },
  broker: {
    ping: any({}),
    rusage: owner(),
    panic: owner({ reason: 's', flags: 'i' }, drastic),
    disconnect: owner(undefined, silent),
    sub: owner({ topic: 's' }),
    unsub: owner({ topic: 's' }),
    insmod: owner({ path: 's', args: 'a' }),
    rmmod: owner({ name: 's' }),
    lsmod: owner(),
    rexec: owner({ cmd: 's', on_channel_out: 'i', on_stdout: 'i', on_stderr: 'i' }),
    'rexec.write': owner({ pid: 'i', io: 'o' }, silent),
    'rexec.signal': owner({ pid: 'i', signum: 'i' }),
    'rexec.processes': owner(),
  },
  config: { reload: owner() },
  event: { pub: user({ topic: 's', flags: 'i', payload: 's?' }) },
  groups: {
    join: owner({ name: 's' }),
    leave: owner({ name: 's' }),
    get: owner({ name: 's' }),
    update: owner({ update: 'o' }),
    disconnect: owner(undefined, silent),
  },
  heaptrace: { start: owner({ filename: 's' }), dump: owner({ reason: 's' }), stop: owner() },
  log: {
    append: owner(undefined, { raw: true }),
    clear: owner(),
    dmesg: owner({ follow: 'b' }, { streaming: true }),
  },
  overlay: { health: owner(), topology: owner({ rank: 'i' }), 'disconnect-subtree': owner({ rank: 'i' }), 'stats.get': owner() },
  runat: { push: owner({ name: 's', commands: 'a' }) },
  service: { add: user({ service: 's' }), remove: user({ service: 's' }) },
  'state-machine': { monitor: owner() },

  'connector-local': module(),
  heartbeat: module({ get: user() }),
  barrier: module({
    enter: user({ name: 's', nprocs: 'i' }, { exact: true }),
    update: owner({ name: 's', count: 'i', nprocs: 'i', owner: 'i' }, { exact: true }),
    disconnect: user(undefined, silent),
  }),
  content: {
    ...Object.fromEntries(['ping', 'rusage', 'stats.clear', 'debug'].map((name) => [name, any(undefined, { unknown: true })])),
    load: user(undefined, { raw: true }),
    store: user(undefined, { raw: true }),
    flush: owner(),
    dropcache: owner(),
    'stats.get': owner(),
    'register-backing': owner({ name: 's' }),
    'unregister-backing': owner(undefined, drastic),
  },
  'content-sqlite': module(),
  'content-backing': { load: owner(undefined, { raw: true }), store: owner(undefined, { raw: true }) },
  'kvs-checkpoint': { get: owner({ key: 's' }), put: owner({ key: 's', value: 's' }) },
  kvs: module({
    lookup: user({ key: 's', flags: 'i', namespace: 's?', rootdir: '*?' }),
    'lookup-plus': user({ key: 's', flags: 'i', namespace: 's?', rootdir: '*?', rootseq: 'i?' }),
    commit: user({ namespace: 's', flags: 'i', ops: '*' }),
    fence: user({ name: 's', nprocs: 'i', namespace: 's', flags: 'i', ops: '*' }),
    getroot: user({ namespace: 's' }),
    sync: user({ rootseq: 'i', namespace: 's' }),
    'namespace-create': owner({ namespace: 's', rootref: 's', owner: 'i', flags: 'i' }),
    'namespace-remove': owner({ namespace: 's' }),
    'namespace-list': owner(),
    dropcache: owner(),
    'stats.get': owner(),
    'setroot-pause': user({ namespace: 's' }),
    'setroot-unpause': user({ namespace: 's' }),
    disconnect: user(undefined, silent),
    relaycommit: owner({ ops: 'a', name: 's', namespace: 's', flags: 'i' }, silent),
    relayfence: owner({ ops: 'a', name: 's', namespace: 's', flags: 'i', nprocs: 'i' }, silent),
    expose: owner(undefined, { raw: true, ...silent }),
    lend: owner(undefined, { raw: true }),
  }),
  'kvs-watch': module({
    lookup: user({ namespace: 's', key: 's', flags: 'i' }),
    cancel: user({ matchtag: 'i' }, silent),
    disconnect: user(undefined, silent),
    'stats.get': owner(),
  }),
  resource: module({
    status: owner(),
    drain: owner({ targets: 's', reason: 's?' }),
    undrain: owner({ targets: 's' }),
    get: owner(),
    'get-xml': owner(),
    'topo-get': owner(),
    'topo-reduce': owner({ count: 'i', resource: 'o', xml: 'o' }),
    reload: owner({ path: 's', xml: 'b', force: 'b' }),
    'monitor-waitup': owner({ up: 'i' }),
    acquire: owner(undefined, { streaming: true }),
    'acquire-cancel': owner({ matchtag: 'i' }, silent),
    disconnect: owner(undefined, silent),
  }),
  'sched-simple': module({ 'resource-status': user(), feasibility: user({ jobspec: 'o' }) }),
  sched: {
    alloc: owner({ id: 'I', priority: 'i', userid: 'i', t_submit: 'f', jobspec: 'o' }, drastic),
    free: owner({ id: 'I' }, drastic),
    cancel: owner({ id: 'I' }, silent),
    prioritize: owner({ jobs: 'a' }, silent),
    disconnect: owner(undefined, silent),
    'resource-status': user(),
    feasibility: user({ jobspec: 'o' }),
  },
  'job-ingest': module({ submit: user({ J: 's', urgency: 'i', flags: 'i' }), getinfo: owner() }),
  'job-manager': module({
    submit: owner({ jobs: 'a' }),
    list: owner({ max_entries: 'i' }),
    raise: user({ id: 'I', severity: 'i', type: 's', note: 's?' }),
    raiseall: user({ dry_run: 'b', userid: 'i', states: 'i', severity: 'i', type: 's', note: 's?' }),
    kill: user({ id: 'I', signum: 'i' }),
    killall: user({ dry_run: 'b', userid: 'i', signum: 'i' }, { complaint: /^error decoding request$/ }),
    urgency: user({ id: 'I', urgency: 'i' }),
    getattr: user({ id: 'I', attrs: '*' }),
    memo: user({ id: 'I', memo: '*' }),
    getinfo: user(),
    wait: owner({ id: 'I' }, { complaint: /^malformed wait request$/ }),
    drain: owner(),
    idle: owner(),
    'submit-admin': owner({ query_only: 'b', enable: 'b', reason: 's' }),
    'alloc-admin': owner({ query_only: 'b', enable: 'b', reason: 's?' }, drastic),
    'events-journal': owner({}, { streaming: true }),
    'events-journal-cancel': owner({ matchtag: 'i' }, silent),
    'sched-hello': owner(undefined, { streaming: true }),
    'sched-ready': owner({ mode: 's', limit: 'i?' }, drastic),
    'exec-hello': owner({ service: 's' }),
    jobtap: owner({}),
    'stats.get': owner(),
    disconnect: owner(undefined, silent),
  }),
  'job-info': module({
    lookup: user({ id: 'I', keys: 'a', flags: 'i' }),
    'eventlog-watch': user({ id: 'I', path: 's', flags: 'i', guest: 'b?' }, { streaming: true }),
    'eventlog-watch-cancel': user({ matchtag: 'i' }, silent),
    'stats.get': owner(),
  }),
  'job-list': module({
    list: user({ max_entries: 'i', attrs: 'a', userid: 'i', states: 'i', results: 'i' }, jobList),
    'list-inactive': user({ max_entries: 'i', since: 'f', attrs: 'a', name: 's?' }, jobList),
    'list-id': user({ id: 'I', attrs: 'a' }, jobList),
    'list-attrs': user(),
    'job-stats': user(),
    'job-state-pause': user(),
    'job-state-unpause': user(),
    'stats.get': owner(),
    disconnect: any(undefined, { unknown: true }),
  }),
  'job-exec': module({
    start: owner({ id: 'I', userid: 'i', jobspec: 'o', reattach: 'b' }, drastic),
    override: user({ event: 's', jobid: 'I', status: 'i?' }),
  }),
  'job-archive': module(),
  cron: module({
    create: owner({ type: 's', name: 's', command: 's', args: 'o' }),
    list: owner(),
    stop: owner({ id: 'i' }),
    start: owner({ id: 'i' }),
    delete: owner({ id: 'i', kill: 'b?' }),
    sync: owner({}), // keys of a wrong type are ignored
  }),
};

/** Each topic with its method, of those services that `has` finds in an instance. */
export function topics(has: (service: string) => boolean): [topic: string, method: Method][] {
  return Object.entries(services)
    .filter(([service]) => has(service))
    .flatMap(([service, methods]) => Object.entries(methods).map(([name, row]): [string, Method] => [`${service}.${name}`, row]));
}
