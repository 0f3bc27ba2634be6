export {
  Dispatcher,
  type MethodHandler,
  type MethodOptions,
  type RawHandler,
  type StreamHandler,
} from './dispatcher';
export { Flux, type OpenOptions, type PublishArguments, type PublishOptions, type RpcOptions, type ServiceRegistration } from './flux';
export type { Handlers, HandlersOf } from './handlers';
export { LogLevel } from './log-entry';
export { NO_RESPONSE } from './no-response';
export { AsyncQueue } from './queue';
export { Request } from './request';
export { RpcStream } from './rpc-stream';
