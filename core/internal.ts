// `flux/internal`: what the plugins of this repository need beyond the package `flux`. It changes with them and is promised to nobody; nothing stands
// here that none of them imports (test/unit/imports.test.ts).

// The wire and its formats

export { decodeBase64, encodeBase64 } from './formats/base64';
export { blobHashes, isBlobHash, parseBlobref } from './formats/blobref';
export { f58 } from './formats/f58';
export { FluidGenerator, JOBID_ANY } from './formats/fluid';
export { fnmatch } from './formats/fnmatch';
export { isGlob } from './formats/glob';
export { validateJobspec } from './formats/jobspec-validate';
export { decodeJsonBytes, decodeJsonObject, encodeSortedJson, encodeString } from './formats/json';
export { isNestedBeyond, jsonInteger, jsonNumber, jsonTypeName } from './formats/json-types';
export { unwrapNone } from './formats/signing';
export { spacedJson } from './formats/spaced-json';
export {
  createDir,
  createDirref,
  createVal,
  createValref,
  decodeTreeobj,
  encodeTreeobj,
  isTreeobj,
  MAX_INLINE_BASE64,
  normalizeKey,
  type TreeDir,
  type TreeDirref,
  type TreeSymlink,
  type TreeVal,
  type TreeValref,
  valBytes,
} from './formats/treeobj';
export { AsyncQueue, type PublishArguments } from './handle';
export { Payload, USERID_UNKNOWN } from './message';
export { serviceName } from './protocol';

// What only services and their clients in core know

export { type ContentDurability, type ContentSettings, type ContentStats, isContentDurability } from './client/content';
export { exactCall } from './client/exact-call';
export { KvsFlag } from './client/kvs-lookup';
export type { AcquireUpdate, ResourceMethod } from './client/resource';
export { applyDebug } from './plugin/debug-flags';

// For modules that load plugins, or serve clients of their own

export {
  checkTopic,
  cPluginFile,
  type Handler,
  HookDriver,
  jobtapTopics,
  type Library,
  loadPlugin,
  OwnedResources,
  PluginError,
  PluginHandlers,
  PluginLoadError,
  pluginFile,
  pluginFolders,
} from './plugin';
export { bindSocket, ClientRouter, Credentials } from './router';

// Resources, for their service and the scheduler

export { rlistOfHwlocXml } from './resource/hwloc-xml';
export { type LocalTopology, localTopology } from './resource/local-topology';
export { MAX_RANKS } from './resource/R';
export { parseRequest, type ResourceRequest } from './resource/request';
export { Rlist } from './resource/rlist';
export { type AllocMode, allocate, allocModes, checkFeasible } from './resource/rlist-alloc';
export { verifyRlist } from './resource/rlist-verify';
export { parseTargets } from './resource/targets';
export { Topology } from './resource/topology';

// The job shell

export { appendToGuest, EventlogWriter, entry } from './client/eventlog-writer';
export { formatMapping, mappingOfCounts, PmiServer, PmiServerClient, parseMapping, pmiLimits } from './pmi';
export { errnoText, LoggedError } from './shell/errors';
export { decodeIo, encodeIo } from './subprocess';
export { TerminusServer, TerminusSession } from './terminus';

// The operating system

export { formatCpuList } from './sys/affinity';
export { MAX_DELAY_MS } from './sys/delay';
export { errno } from './sys/errno';
export { errorMessage, errorStack } from './sys/errors';
export { offsetChange, secondsAsUtc, utcOffset } from './sys/local-time';
export { maxSignal } from './sys/signals';
export { strsignal } from './sys/strsignal';
export { wallSeconds } from './sys/wall-clock';
