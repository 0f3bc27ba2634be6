import { errorText, FluxError } from '../../core/sys/errors';
import { strerror } from '../../core/sys/strerror';

/**
 * Thrown by argument parsing, and by commands, to end a command with texts of its own: usage errors, `--help`, a failed check whose
 * wording the contract gives. The texts are printed as they are (no prefix, no newline added).
 */
export class CommandExit extends Error {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;

  constructor(status: number, texts: { stdout?: string; stderr?: string } = {}) {
    super(texts.stderr || texts.stdout || `exit ${status}`);
    this.name = 'CommandExit';
    this.status = status;
    this.stdout = texts.stdout ?? '';
    this.stderr = texts.stderr ?? '';
  }
}

/**
 * A run-time failure with a text and no errno. The command's family decides on the shape: `flux-NAME: TEXT` for the C commands,
 * `flux-NAME: ERROR: TEXT` for the Python ones; the exit status is `status`.
 */
export class CommandError extends Error {
  readonly status: number;

  constructor(text: string, status = 1, options?: ErrorOptions) {
    super(text, options);
    this.name = 'CommandError';
    this.status = status;
  }
}

/** The C commands' `WHAT: STRERROR`: what was being done, and the errno of what went wrong; a service's own text is not shown. */
export function failed(what: string, e: unknown): CommandError {
  const text = e instanceof FluxError ? strerror(e.errnum) : errorText(e);
  return new CommandError(`${what}: ${text}`, 1, { cause: e });
}

/** As failed(), for commands that show the service's text where there is one. */
export function failedText(what: string, e: unknown): CommandError {
  return new CommandError(`${what}: ${errorText(e)}`, 1, { cause: e });
}
