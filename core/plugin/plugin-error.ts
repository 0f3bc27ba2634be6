import { FluxError, toFluxError } from '../sys/errors';

/**
 * A plugin's handler failed: `cause` is what it threw. The errno is the cause's, the text says who and where:
 * `limits: job.state.run: fairshare is not a function`.
 */
export class PluginError extends FluxError {
  constructor(
    readonly plugin: string,
    readonly topic: string,
    cause: unknown,
  ) {
    const { code, message } = toFluxError(cause);
    super(code, `${plugin}: ${topic}: ${message}`, { cause });
    this.name = 'PluginError';
  }
}
