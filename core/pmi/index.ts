export { type PmiClient, PmiError, type PmiMaxes, PmiSingleton, PmiWireClient } from './client';
export { type LocalPmiOptions, LocalPmiServer } from './local';
export { formatMapping, type MappingBlock, mappingOfCounts, parseMapping } from './mapping';
export { openPmi } from './open';
export { PmiServer, PmiServerClient, type PmiServerOptions } from './server';
export { PmiCode, pmiLimits, pmiText } from './wire';
