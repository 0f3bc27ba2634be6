// The package `flux`: what plugins, and programs outside this repository, import.
export * from './client/content';
export * from './client/cron';
export * from './client/eventlog-writer';
export * from './client/job-control';
export * from './client/job-events';
export * from './client/job-executor';
export { JobFuture } from './client/job-future';
export * from './client/job-info';
export * from './client/job-list';
export * from './client/job-query';
export * from './client/job-record';
export { type JobOutcome, jobResult } from './client/job-result';
export {
  ACTIVE as JOB_ACTIVE,
  PENDING as JOB_PENDING,
  parseState as parseJobState,
  RESULT as JOB_RESULT,
  RUNNING as JOB_RUNNING,
  resultName as jobResultName,
  STATE as JOB_STATE,
  stateName as jobStateName,
} from './client/job-states';
export * from './client/job-submit';
export * from './client/jobtap';
export * from './client/kvs';
export * from './client/kvs-eventlog';
export * from './client/kvs-lookup';
export * from './client/kvs-snapshot';
export * from './client/kvs-transaction';
export * from './client/queue';
export * from './client/resource';
export * from './formats/base64';
export * from './formats/blobref';
export type { EventlogEntry } from './formats/eventlog';
export * from './formats/eventlog';
export { f58 } from './formats/f58';
export * from './formats/fluid';
export * from './formats/fnmatch';
export * from './formats/fsd';
export { glob, isGlob } from './formats/glob';
export * from './formats/hostlist';
export * from './formats/idset';
export * from './formats/jobspec';
export * from './formats/jobspec-validate';
export * from './formats/json';
export * from './formats/json-types';
export * from './formats/signing';
export * from './formats/spaced-json';
export * from './formats/treeobj';
export * from './handle';
export * from './message';
export type { StreamHandler } from './plugin';
export * from './plugin';
export * from './plugin/debug-flags';
export * from './pmi';
export * from './protocol';
export * from './protocol/barrier';
export * from './protocol/heartbeat';
export * from './protocol/module';
export * from './resource/hwloc-xml';
export { type LocalTopology, localTopology } from './resource/local-topology';
export * from './resource/R';
export * from './resource/request';
export * from './resource/rlist';
export * from './resource/rlist-alloc';
export * from './resource/rlist-verify';
export * from './resource/targets';
export * from './resource/topology';
export * from './router';
export { errnoText, LoggedError } from './shell/errors';
export * from './subprocess';
export * from './sys/affinity';
export { MAX_DELAY_MS } from './sys/delay';
export { errno, errnoName } from './sys/errno';
export { type ErrnoCode, errorMessage, errorStack, errorText, FluxError, isErrno, toFluxError } from './sys/errors';
export * from './sys/local-time';
export { kill, killGroup, maxSignal, parseSignal, signalName, signals } from './sys/signals';
export { strerror } from './sys/strerror';
export { strsignal } from './sys/strsignal';
export * from './sys/waitstatus';
export * from './sys/wall-clock';
export * from './terminus';
