export { type PmiClient, PmiError, type PmiMaxes, PmiSingleton, PmiWireClient } from './client';
export { isLaunchers } from './launchers';
export { type LocalPmiOptions, LocalPmiServer } from './local';
export { formatMapping, isOneNode, type MappingBlock, mappingOfCounts, parseMapping } from './mapping';
export { openPmi } from './open';
export { PmiServer, PmiServerClient, type PmiServerOptions } from './server';
export { PmiCode, pmiLimits, pmiText } from './wire';
