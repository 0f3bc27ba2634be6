import { type ErrnoCode, FluxError } from '../sys/errors';

/**
 * Why a plugin could not be loaded: not readable, a plugin in C, not parsable, threw while it was evaluated, exports no plugin, one of another kind, or
 * one for another version of the plugin API.
 */
export type LoadFailure = 'unreadable' | 'c-plugin' | 'syntax' | 'evaluation' | 'no-plugin' | 'kind' | 'api';

/** A plugin could not be loaded. The text begins with the file, and its line where there is one: `/etc/flux/limits.ts:12: Unexpected token`. */
export class PluginLoadError extends FluxError {
  constructor(
    readonly failure: LoadFailure,
    code: ErrnoCode,
    text: string,
    options?: ErrorOptions,
  ) {
    super(code, text, options);
    this.name = 'PluginLoadError';
  }
}
