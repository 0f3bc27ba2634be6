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

/** The C commands' `WHAT: STRERROR`: the error `e` with what was being done before it. */
export function failed(what: string, e: unknown): CommandError {
  return new CommandError(`${what}: ${e instanceof Error ? e.message : String(e)}`, 1, { cause: e });
}
