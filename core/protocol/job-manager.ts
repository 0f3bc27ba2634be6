import { t } from '../schema';
import { event } from './event';
import { method } from './method';
import { service } from './service';

const ofJob = { id: t.id() };
const unknownJob = 'no active job has this id';

/** A new job: times in seconds since the epoch; the jobspec, an object, lacks `attributes.system.environment`. */
const submission = t.wire({ ...ofJob, userid: t.int(), urgency: t.int(), flags: t.int(), t_submit: t.number(), jobspec: t.exact() });

/** What a scheduler has to know of a job. */
const schedulable = { ...ofJob, priority: t.int(), userid: t.int(), t_submit: t.number() };

/** `dependencies`: descriptions of those that are outstanding; there from the first one on. */
const listed = t.wire({
  ...schedulable,
  urgency: t.int(),
  state: t.int(),
  annotations: t.optional(t.exactObject()),
  dependencies: t.optional(t.array(t.string())),
});

/** The jobs of a user, -1: of all users; in a dry run they are only counted. */
const ofUser = { dry_run: t.boolean(), userid: t.int() };
/** How many jobs were meant, and for how many of them it failed. */
const counts = t.wire({ count: t.int(), errors: t.int() });

const exception = { severity: t.int(), type: t.string(), note: t.string({ default: '' }) };

const submissionStatus = t.wire({ enable: t.boolean(), reason: t.string() });
const schedulingStatus = t.wire({
  enable: t.boolean(),
  reason: t.string(),
  queue_length: t.int(),
  alloc_pending: t.int(),
  free_pending: t.int(),
  running: t.int(),
});

/** An event of a job. `eventlog_seq`: its index in the eventlog, -1 if it is not written there. */
const journalled = t.wire({
  ...ofJob,
  eventlog_seq: t.int(),
  entry: t.wire({ timestamp: t.number(), name: t.string(), context: t.optional(t.exactObject()) }),
});

/** The state of every job, and what happens to it next (docs/protocol/job-manager.md §4, §5). Plugins add methods of their own: `job-manager.PLUGIN.METHOD`. Rank 0. */
export const jobManager = service('job-manager', {
  /** Takes jobs that job-ingest has checked and written to the KVS. Gives those that were rejected, each with the reason. */
  submit: method({
    role: 'owner',
    request: t.wire({ jobs: t.array(submission) }),
    response: t.wire({ errors: t.array(t.tuple(t.id(), t.string())) }),
    errors: { EINVAL: 'submission is disabled' },
  }),
  /** The jobs in the queue, in its order, then the other active ones, up to `max_entries` (0: all), and the waitable inactive ones that nobody has waited for. */
  list: method({ role: 'owner', request: t.wire({ max_entries: t.int({ min: 0 }) }), response: t.wire({ jobs: t.array(listed) }) }),
  /** Posts an exception to a job and publishes it. `severity`: 0 (fatal) to 7; `type`: a word without `=`. */
  raise: method({
    role: 'user',
    request: t.wire({ ...ofJob, ...exception }),
    errors: { EPROTO: 'no such severity or type', ENOENT: unknownJob, EPERM: "another user's job" },
  }),
  /** The same for all jobs of a user in some states, a mask. */
  raiseAll: method({
    name: 'raiseall',
    role: 'user',
    request: t.wire({ ...ofUser, states: t.int(), ...exception }),
    response: counts,
    errors: { EPROTO: 'no such severity or type', EPERM: "other users' jobs" },
  }),
  /** Publishes a signal for the shells of a running job. It is answered at once: nobody knows whether it arrives. */
  kill: method({
    role: 'user',
    request: t.wire({ ...ofJob, signum: t.int() }),
    errors: { EINVAL: 'no such signal, or no such running job', EPERM: "another user's job" },
  }),
  /** The same for all running jobs of a user. */
  killAll: method({
    name: 'killall',
    role: 'user',
    request: t.wire({ ...ofUser, signum: t.int() }),
    response: counts,
    complaint: 'error decoding request',
    errors: { EINVAL: 'no such signal', EPERM: "other users' jobs" },
  }),
  /** Sets the urgency of a job, 0 (hold) to 31 (expedite), and gives the one before. */
  urgency: method({
    role: 'user',
    request: t.wire({ ...ofJob, urgency: t.int() }),
    response: t.wire({ old_urgency: t.int() }),
    errors: {
      EINVAL: 'no such urgency or active job, or it has resources',
      EPERM: "another user's job, or more urgent than a guest may ask for",
    },
  }),
  /** Attributes of a job, by their names; there is `jobspec`, without the environment. */
  getattr: method({
    role: 'user',
    request: t.wire({ ...ofJob, attrs: t.any() }),
    response: t.wire({ jobspec: t.optional(t.exactObject()) }),
    errors: { EINVAL: unknownJob, ENOENT: 'no such attribute', EPERM: "another user's job" },
  }),
  /** Merges an object into a job's annotations, below `user`; null deletes. A volatile memo does not go into the eventlog. */
  memo: method({
    role: 'user',
    request: t.wire({ ...ofJob, memo: t.exact(), volatile: t.boolean({ default: false }) }),
    errors: { ENOENT: unknownJob, EPERM: "another user's job", EINVAL: 'the memo is no object, or nested too deeply' },
  }),
  /** The highest job id there was. */
  getinfo: method({ role: 'user', response: t.wire({ max_jobid: t.id() }) }),
  /** Answered when a waitable job is inactive, or, for the id 2^64 - 1, the next of them. Each end is told once. */
  wait: method({
    role: 'owner',
    request: t.wire(ofJob),
    response: t.wire({ ...ofJob, success: t.boolean(), errstr: t.string() }),
    complaint: 'malformed wait request',
    errors: { ECHILD: 'there is no such waitable job, or somebody waits for it', ENOSYS: 'the job manager is unloaded' },
  }),
  /** Answered when no job is active. */
  drain: method({ role: 'owner', errors: { ENOSYS: 'the job manager is unloaded' } }),
  /** Answered, with the number of active jobs, when none holds resources or is about to get some. */
  idle: method({ role: 'owner', response: t.wire({ pending: t.int() }), errors: { ENOSYS: 'the job manager is unloaded' } }),
  /** Turns submission on or off, unless it is asked for only. */
  submitAdmin: method({
    name: 'submit-admin',
    role: 'owner',
    request: t.wire({ query_only: t.boolean(), enable: t.boolean(), reason: t.string() }),
    response: submissionStatus,
  }),
  /** Turns scheduling on or off, unless it is asked for only. Gives the numbers of jobs in the queue, of requests that the scheduler has, and of jobs in RUN or CLEANUP. */
  allocAdmin: method({
    name: 'alloc-admin',
    role: 'owner',
    request: t.wire({ query_only: t.boolean(), enable: t.boolean(), reason: t.string({ default: '' }) }),
    response: schedulingStatus,
  }),
  /** All events of all jobs, from those that are remembered on. `allow` and `deny` are objects whose keys are names of events: only those, and not those. */
  eventsJournal: method({
    name: 'events-journal',
    role: 'owner',
    request: t.wire({ allow: t.optional(t.any()), deny: t.optional(t.any()) }),
    response: t.wire({ events: t.array(journalled) }),
    answers: 'stream',
    unstreamed: 'job-manager.events requires streaming RPC flag',
  }),
  /** Ends such a stream of the sender's, with ENODATA. */
  eventsJournalCancel: method({
    name: 'events-journal-cancel',
    role: 'owner',
    request: t.wire({ matchtag: t.int() }),
    answers: 'never',
  }),
  /** For a scheduler that starts: the jobs that hold resources, one a response. */
  schedHello: method({ name: 'sched-hello', role: 'owner', response: t.wire(schedulable), answers: 'stream' }),
  /** The sender is the scheduler and takes requests: any number (`mode` unlimited), or up to `limit` at a time (limited). Gives the length of the queue. */
  schedReady: method({
    name: 'sched-ready',
    role: 'owner',
    request: t.wire({ mode: t.string(), limit: t.optional(t.int()) }),
    response: t.wire({ count: t.int() }),
    errors: { EPROTO: 'no such mode, or no limit above 0' },
  }),
  /** The sender starts jobs, under this service name (job-exec.start). */
  execHello: method({
    name: 'exec-hello',
    role: 'owner',
    request: t.wire({ service: t.string() }),
    errors: { EINVAL: 'another service has jobs to start' },
  }),
  /** Lists plugins, or removes those of a name or glob and then loads one (docs/protocol/jobtap.md §1.1). */
  jobtap: method({
    role: 'owner',
    request: t.wire({
      query_only: t.boolean({ default: false }),
      load: t.optional(t.string()),
      remove: t.optional(t.string()),
      conf: t.optional(t.any()),
    }),
    response: t.wire({ plugins: t.optional(t.array(t.string())) }),
    errors: { ENOENT: 'there is no such plugin', EEXIST: 'it is loaded', EINVAL: 'it, or its configuration, is no good' },
  }),
  /** How many streams of the journal are open. */
  statsGet: method({ name: 'stats.get', role: 'owner', response: t.wire({ journal: t.wire({ listeners: t.int() }) }) }),
  /** A client is gone, who may have been the scheduler or the service that starts jobs. */
  disconnect: method({ role: 'owner', answers: 'never' }),

  /** There is a job manager (again): those who have to do with it introduce themselves. Private. */
  hello: event(),
  /** States that jobs have entered, in capitals, when that is in the KVS: id, state, seconds since the epoch. */
  jobState: event({ topic: 'job-state', payload: t.wire({ transitions: t.array(t.tuple(t.id(), t.string(), t.number())) }) }),
  /** Somebody has raised an exception on a job. Private. */
  jobException: event({ topic: 'job-exception', payload: t.wire({ ...ofJob, type: t.string(), severity: t.int() }) }),
  /** The shells of a job are to signal their tasks. */
  shellKill: event({ topic: 'shell-', subject: 'ID', ending: '.kill', payload: t.wire({ signum: t.int() }) }),
});
