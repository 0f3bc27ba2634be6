// The package `flux`: what plugins, and programs that are clients, import. Each name stands in docs/api.md, in the same sections.
// What only the plugins of this repository need is core/internal.ts.

// Connections, requests and errors: for all

export {
  Flux,
  LogLevel,
  type MethodHandler,
  type MethodOptions,
  type OpenOptions,
  type PublishOptions,
  Request,
  type RpcOptions,
  RpcStream,
  type ServiceRegistration,
  type StreamHandler,
} from './handle';
export { Message, type PayloadInput, Role } from './message';
export { type ErrnoCode, errorText, FluxError, isErrno, toFluxError } from './sys/errors';
export { strerror } from './sys/strerror';

// For plugins of every kind

export {
  type Infer,
  type Log,
  type Owned,
  Schema,
  type ServeHandler,
  type ServeOptions,
  type ServeResult,
  t,
  type Undo,
} from './plugin';

// For modules

export { type Handlers, type HandlersOf, NO_RESPONSE, type RawHandler } from './handle';
export { defineModule, type ModuleContext, type ModuleDefinition, type ModuleEvents } from './plugin';

// The tables of services: for modules that serve one, and for who calls it

export {
  type AccessRole,
  type Answers,
  type Complaint,
  Event,
  type EventSpec,
  event,
  type Form,
  Method,
  type MethodSpec,
  method,
  type ReadBy,
  type ReturnedBy,
  type Rows,
  type Service,
  service,
} from './protocol';
export { barrier } from './protocol/barrier';
export { connectorLocal } from './protocol/connector-local';
export { content } from './protocol/content';
export { contentBacking } from './protocol/content-backing';
export { cron } from './protocol/cron';
export { groups } from './protocol/groups';
export { heartbeat } from './protocol/heartbeat';
export { jobExec } from './protocol/job-exec';
export { jobInfo } from './protocol/job-info';
export { jobIngest } from './protocol/job-ingest';
export { jobList } from './protocol/job-list';
export { jobManager } from './protocol/job-manager';
export { kvs } from './protocol/kvs';
export { kvsCheckpoint } from './protocol/kvs-checkpoint';
export { kvsWatch } from './protocol/kvs-watch';
export { builtin } from './protocol/module';
export { resource } from './protocol/resource';
export { sched } from './protocol/sched';
export { schedSimple } from './protocol/sched-simple';
export { shellService } from './protocol/shell';

// For jobtap plugins

export { JobResult, JobState } from './client/job-states';
export {
  type AnyCall,
  type CurrentJobRef,
  type Dependency,
  type DependencyCall,
  defineJobtap,
  type EventCall,
  type JobData,
  type JobDataOptions,
  type JobRef,
  type JobtapCall,
  type JobtapContext,
  type JobtapDefinition,
  type JobtapHooks,
  type JobtapJob,
  type JobtapOut,
  type JobtapTopic,
  type RejectingCall,
  type StateCall,
} from './plugin';

// For shell plugins

export {
  type Aux,
  type ChannelOptions,
  defineShellPlugin,
  type Shell,
  type ShellHooks,
  type ShellHost,
  type ShellInfo,
  type ShellJobspecInfo,
  ShellLogLevel,
  type ShellLogMessage,
  type ShellMethodHandler,
  type ShellPluginContext,
  type ShellPluginDefinition,
  type ShellRankInfo,
  type ShellTopic,
  type Task,
  type TaskExec,
  type TaskInfo,
  type TaskState,
} from './plugin';

// For validators

export {
  defineValidator,
  type Validate,
  type ValidatorContext,
  type ValidatorDefinition,
  type ValidatorJob,
  type ValidatorOption,
} from './plugin';

// For clients: jobs

export {
  type BulkOptions,
  type BulkResult,
  cancelJob,
  killJob,
  killJobs,
  type RaiseOptions,
  raiseOnJob,
  raiseOnJobs,
  setJobMemo,
  setJobUrgency,
  type WaitResult,
  waitForJob,
} from './client/job-control';
export { JobException, type MainEvent, waitForEvent } from './client/job-events';
export { type ExecutorSubmitOptions, JobExecutor } from './client/job-executor';
export { JobFuture } from './client/job-future';
export { EventlogWatch, lookupJob, watchEventlog } from './client/job-info';
export {
  ALL_USERS,
  type JobStats,
  jobStats,
  type ListedJob,
  type ListOptions,
  listInactiveJobs,
  listJob,
  listJobs,
} from './client/job-list';
export { findJobs, type JobCounts, type JobQuery, jobCounts } from './client/job-query';
export { JobInfo, type JobStatus } from './client/job-record';
export { type JobOutcome, jobResult } from './client/job-result';
export { type JobResultName, type JobStateName, jobResultName, jobStateName, parseJobState } from './client/job-states';
export { JOB_FLAG, type SubmitOptions, submitJob, submitSigned, URGENCY } from './client/job-submit';

// For clients: other services

export { Content, type ContentOptions } from './client/content';
export {
  type CronCommand,
  type CronEntry,
  type CronField,
  type CronSync,
  type CronTask,
  type CronTime,
  type CronWhen,
  createCron,
  deleteCron,
  listCron,
  startCron,
  stopCron,
  syncCron,
} from './client/cron';
export { type JobtapLoad, listJobtap, loadJobtap, removeJobtap } from './client/jobtap';
export {
  KVS_PRIMARY,
  Kvs,
  type KvsCommitOptions,
  type KvsLookupOptions,
  type KvsNamespace,
  type KvsOptions,
  type KvsRoot,
  kvsNamespaceFrom,
} from './client/kvs';
export { KvsEventlog, type KvsFollowOptions, type KvsWaitEventOptions } from './client/kvs-eventlog';
export { KvsResult, type KvsWanted, KvsWatch, type KvsWatchOptions } from './client/kvs-lookup';
export { KvsSnapshot } from './client/kvs-snapshot';
export { type KvsCommit, KvsTransaction } from './client/kvs-transaction';
export {
  disableSubmission,
  drainQueue,
  enableSubmission,
  idleQueue,
  type SchedulingStatus,
  type SubmissionStatus,
  schedulingStatus,
  startScheduling,
  stopScheduling,
  submissionStatus,
} from './client/queue';
export { type DrainInfo, type ResourceStatus, Resources, type SchedulerStatus } from './client/resource';
export { type RemoteCommand, type RemoteHandlers, RemoteProcess } from './subprocess';

// Formats

export { type BlobHash, blobrefOf, isBlobref } from './formats/blobref';
export {
  type DecodedEntry,
  decodeEntry,
  decodeEventlog,
  type EventlogEntry,
  encodeEntry,
  encodeEventlog,
  type NewEntry,
} from './formats/eventlog';
export { encodeJobId, type JobIdEncoding, jobIdFromJson, jobIdTimestamp, jobKvsKey, parseJobId } from './formats/fluid';
export { formatFsd, parseFsd } from './formats/fsd';
export { Hostlist } from './formats/hostlist';
export { IDSET_FLAG, IdSet } from './formats/idset';
export { createJobspec, getAttribute, type Jobspec, type JobspecOptions, type ResourceVertex, setAttribute } from './formats/jobspec';
export {
  type DecodeOptions,
  decodeJson,
  type Encodable,
  type EncodableObject,
  encodeJson,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  Raw,
  Real,
  real,
} from './formats/json';
export { signNone } from './formats/signing';
export type { Treeobj } from './formats/treeobj';
export { type DecodedR, decodeR, encodeR, type R, type RankResources } from './resource/R';
export { type LocalTime, localStamp, localTime } from './sys/local-time';
export { parseSignal, signalName, signals } from './sys/signals';
export { endedBySignal, exitCode, exitedNormally, shellExitCode, terminatingSignal } from './sys/waitstatus';
