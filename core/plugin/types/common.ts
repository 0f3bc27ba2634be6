import type { JsonObject } from '../../formats/json';
import type { NO_RESPONSE, Request } from '../../handle';
import type { AccessRole } from '../../protocol';
import type { Schema } from '../../schema/schema';

/** The kinds of plugin, each loaded by a host of its own. */
export type PluginKind = 'module' | 'jobtap' | 'shell' | 'validator';

/** The plugin API version that this installation offers: `api` of every definition. */
export const API_VERSION = 1;

/** syslog levels (RFC 5424), by name. Lines go to the host's log under the plugin's name. */
export interface Log {
  emerg(text: string): void;
  alert(text: string): void;
  crit(text: string): void;
  err(text: string): void;
  warning(text: string): void;
  notice(text: string): void;
  info(text: string): void;
  debug(text: string): void;
}

/** Access to a method of a plugin, and the shape of its requests. */
export interface ServeOptions<P = JsonObject> {
  /** Callers besides the instance owner: `'user'`, `'any'` (RFC 12). Others get EPERM before the handler sees the request. Default: nobody. */
  roles?: readonly AccessRole[];
  /** Checks the request's payload and types it; a mismatch is answered with EPROTO. Without it the handler gets what came. */
  payload?: Schema<P>;
}

/**
 * Answers one request: what it returns is the response's payload (nothing: an empty response), what it throws is an error response. A handler
 * that responds through `req` itself, now or later, returns `NO_RESPONSE`.
 */
export type ServeHandler<P = JsonObject> = (payload: P, req: Request) => ServeResult | Promise<ServeResult>;

/** Response payload: a JSON object, a string, raw bytes, or nothing. */
// biome-ignore lint/suspicious/noConfusingVoidType: a handler that returns nothing answers with nothing
export type ServeResult = object | string | Buffer | undefined | void | typeof NO_RESPONSE;

/** Takes back what was registered, sooner than the end of the plugin, which does it anyway. Calling it again does nothing. */
export type Undo = () => void;

/** Functions that every host gives to every plugin: timers that are caught, named, and disposed with the plugin. */
export interface Owned {
  /** Aborted when the plugin is unloaded. Hand it to whatever takes one. */
  readonly signal: AbortSignal;
  /** Calls fn every `ms` milliseconds. Errors are logged under the plugin's name. */
  every(ms: number, fn: () => void | Promise<void>): Undo;
  /** Calls fn once, after `ms` milliseconds: any number, below 0 is 0. */
  after(ms: number, fn: () => void | Promise<void>): Undo;
  /** Runs fn when the plugin is unloaded; the last registered first. What the host registered for the plugin is removed without it. */
  defer(fn: () => void | Promise<void>): void;
}
