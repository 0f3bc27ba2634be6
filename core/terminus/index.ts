export { type AttachOptions, PtyClient } from './client';
export type * from './protocol';
export { type TerminusOptions, TerminusServer } from './server';
export { TerminusSession } from './session';
export { runTerminal, type Terminal } from './terminal';
