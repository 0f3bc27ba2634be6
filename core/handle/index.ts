export {
  type AccessRole,
  Dispatcher,
  type MethodHandler,
  type MethodOptions,
  NO_RESPONSE,
  type RawHandler,
  type StreamHandler,
} from './dispatcher';
export { Flux, type OpenOptions, type PublishOptions, type RpcOptions, type ServiceRegistration } from './flux';
export { LogLevel } from './log-entry';
export { AsyncQueue } from './queue';
export { Request } from './request';
export { RpcStream } from './rpc-stream';
export { type KeyType, type Unpacked, unpack, unpackObject } from './unpack';
