export { type RemoteCommand, type RemoteHandlers, RemoteProcess } from './client';
export { HOST_CHANNEL_FD, HostChannel, type HostedCommand, type HostReport, type HostRequest } from './host-channel';
export { type Capture, ManagedProcess, type ProcessEvents } from './process';
export { decodeIo, encodeIo, type IoObject, ProcessState, parseCommand, type RexecCommand, type RexecResponse } from './protocol';
export { SubprocessServer, type SubprocessServerOptions } from './server';
