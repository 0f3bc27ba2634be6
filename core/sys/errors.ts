import { type ErrnoName, errno, errnoName, isErrnoName } from './errno';
import { strerror } from './strerror';

/** Name of an errno, e.g. `'ENOENT'`; `'E9999'` where Linux has none for the number. */
export type ErrnoCode = ErrnoName | `E${number}`;

/**
 * The one error that crosses an interface of Flux (design: rules, 3). `code` is the errno's name, `errnum` its Linux number (what a response
 * carries), `text` the human text if there is one beyond strerror(errnum); `message` is `text`, else the strerror text.
 */
export class FluxError extends Error {
  readonly code: ErrnoCode;
  readonly errnum: number;
  readonly text: string | undefined;

  constructor(code: ErrnoCode | number, text?: string, options?: ErrorOptions) {
    const errnum = typeof code === 'number' ? code : numberOf(code);
    super(text ? text : strerror(errnum), options);
    this.name = 'FluxError';
    this.errnum = errnum;
    this.code = typeof code === 'number' ? (errnoName(code) ?? `E${code}`) : code;
    this.text = text || undefined;
  }
}

/** Plugins in plain JavaScript may use names that there are not. */
function numberOf(code: ErrnoCode): number {
  if (isErrnoName(code)) return errno[code];
  return /^E\d+$/.test(code) ? Number(code.slice(1)) : errno.EINVAL;
}

/**
 * Any thrown value as a FluxError: one of another copy of the library is taken over, Node's system errors keep their errno, everything else becomes
 * `fallback` with its message as text.
 */
export function toFluxError(e: unknown, fallback: ErrnoCode = 'EINVAL'): FluxError {
  if (e instanceof FluxError) return e;
  if (e instanceof Error) {
    const { errnum, text } = e as Partial<FluxError>;
    if (typeof errnum === 'number') return new FluxError(errnum, text, { cause: e });
    const code = (e as NodeJS.ErrnoException).code;
    if (isErrnoName(code)) return new FluxError(code, undefined, { cause: e });
    return new FluxError(fallback, e.message, { cause: e });
  }
  return new FluxError(fallback, String(e));
}

/** True when `e` is an error with the given errno name. */
export function isErrno(e: unknown, code: ErrnoCode): boolean {
  return e instanceof Error && (e as { code?: unknown }).code === code;
}

/**
 * Text of an error for people, without a stack: the text of what was meant, strerror(3) of an errno. Node's own words (`ENOENT: …, open '/x'`) don't
 * show: who catches it says what was being done to what.
 */
export function errorText(e: unknown): string {
  return toFluxError(e).message;
}

/** The message as the thrower worded it: of somebody's code that knows alone what it was doing, to which file. */
export function errorMessage(e: unknown): string {
  return e instanceof Error ? e.message : String(e);
}

/** Message and stack, for the log: of what nobody expected. */
export function errorStack(e: unknown): string {
  return e instanceof Error ? (e.stack ?? e.message) : String(e);
}

/** An error of code that may throw both, as the log shows it: the stack of a bug, the text of an error that was meant. */
export function describeError(e: unknown): string {
  return e instanceof FluxError ? e.message : errorStack(e);
}
