export { type Infer, type ParseOptions, Schema } from '../schema/schema';
export * as t from '../schema/t';
export { parseArgs } from './args';
export { Attribution, type CodeOwner, type FileOwner, tellOwners } from './attributing';
export { type Definitions, defineJobtap, defineModule, defineShellPlugin, defineValidator, kindOf, type Tagged, tablesOf } from './define';
export { type Handler, HookDriver, PluginHandlers } from './driver';
export { pluginName } from './files';
export { type LoadFailure, PluginLoadError } from './load-error';
export { type Library, type LoadedPlugin, type LoadOptions, loadPlugin } from './loader';
export { OwnedResources } from './owned';
export { PluginError } from './plugin-error';
export {
  cPluginFile,
  findInFolders,
  findPlugin,
  globPlugins,
  isCPlugin,
  listPlugins,
  pluginFile,
  pluginFolders,
  splitPath,
} from './search';
export { checkTopic, matchesAny } from './topics';
export {
  API_VERSION,
  type Log,
  type Owned,
  type PluginKind,
  type ServeHandler,
  type ServeOptions,
  type ServeResult,
  type Undo,
} from './types/common';
export * from './types/jobtap';
export * from './types/module';
export * from './types/shell';
export * from './types/shell-objects';
export * from './types/validator';
