import path from 'node:path';
import { ShellLogLevel, type ShellLogMessage } from '../plugin/types/shell-objects';
import { errorText, FluxError } from '../sys/errors';
import { LoggedError } from './errors';

/** Longest message, in bytes. */
const MAX_MESSAGE = 4095;

const labels = ['FATAL', 'FATAL', 'FATAL', 'ERROR', ' WARN', ' INFO', 'DEBUG', 'TRACE'] as const;

/** The origin of a message: who says it, and where. */
export interface LogSource {
  component?: string | undefined;
  file?: string | undefined;
  line?: number | undefined;
  /** Instead of file and line: finds them when somebody looks. */
  site?: CallSite;
}

/** Where a call was made; nothing if that can't be told. */
export type CallSite = () => { file?: string; line?: number };

/** Ways out of a shell's log, and how much it says. */
export interface ShellLogOptions {
  /** Shell rank; -1 while unknown. */
  rank(): number;
  /** Writes a line, newline included. */
  stderr(text: string): void;
  /** Gives a message to the shell.log handlers; false if one failed. */
  dispatch(message: ShellLogMessage): boolean;
  /** Asks those who serve a destination to take messages up to a level; false if one failed. */
  setLevel(dest: string, level: number): boolean;
  standalone: boolean;
  verbose: number;
}

/** The log of one shell (docs/protocol/shell.md §12): every message goes to the shell.log handlers, those at or below a level to stderr, too. */
export class ShellLog {
  readonly #options: ShellLogOptions;
  #dispatchLevel: number;
  #stderrLevel: number;
  #dispatching = false;

  constructor(options: ShellLogOptions) {
    this.#options = options;
    this.#dispatchLevel = ShellLogLevel.NOTICE + options.verbose;
    this.#stderrLevel = this.#dispatchLevel;
  }

  trace(message: string): void {
    this.say(ShellLogLevel.TRACE, message, { site: callSite(this.trace) });
  }

  debug(message: string): void {
    this.say(ShellLogLevel.DEBUG, message, { site: callSite(this.debug) });
  }

  warn(message: string): void {
    this.say(ShellLogLevel.WARN, message, { site: callSite(this.warn) });
  }

  error(message: string): void {
    this.say(ShellLogLevel.ERROR, message, { site: callSite(this.error) });
  }

  /** Logs what was thrown where nobody waits for it, under a plugin's name if it comes from one; not what was logged when it was thrown. */
  report(e: unknown, component?: string): void {
    if (!(e instanceof LoggedError)) this.say(ShellLogLevel.ERROR, wordsOf(e), { component });
  }

  /** Wraps a handler that is called from outside of any callback: what it throws is logged. */
  guard<A extends unknown[]>(handler: (...args: A) => unknown): (...args: A) => void {
    return (...args) => {
      try {
        const result = handler(...args);
        if (result instanceof Promise) result.catch((e) => this.report(e));
      } catch (e) {
        this.report(e);
      }
    };
  }

  say(level: ShellLogLevel, text: string, source: LogSource = { site: callSite(this.say) }): void {
    const message = text.endsWith('\n') ? text.slice(0, -1) : text;
    if (Buffer.byteLength(message) > MAX_MESSAGE) {
      this.#options.stderr(`flux-shell: unable to format log msg (${message.slice(0, 64)}): Value too large for defined data type\n`);
      return;
    }
    const { component, file, line, site } = source;
    const entry: ShellLogMessage = {
      rank: this.#options.rank(),
      level,
      message,
      ...(component === undefined ? {} : { component }),
      ...(file === undefined || line === undefined ? {} : { file, line }),
    };
    if (site) locate(entry, site);
    if (level <= this.#stderrLevel) this.#options.stderr(`${this.#format(entry)}\n`);
    this.#dispatch(entry);
  }

  /** flux_shell_log_setlevel(3). @throws FluxError EINVAL for a level outside 0 to 7, or if a destination refuses */
  setLevel(level: number, dest: string): void {
    if (!Number.isInteger(level) || level < 0 || level > ShellLogLevel.TRACE) throw new FluxError('EINVAL');
    this.#dispatchLevel = Math.max(this.#dispatchLevel, level);
    if (this.#options.standalone) this.#stderrLevel = Math.max(this.#stderrLevel, level);
    if (dest === 'stderr') this.#stderrLevel = level;
    else if (!this.#options.setLevel(dest, level)) throw new FluxError('EINVAL');
  }

  // What handlers log themselves goes no further than stderr.
  #dispatch(entry: ShellLogMessage): void {
    if (this.#dispatching) return;
    this.#dispatching = true;
    try {
      if (!this.#options.dispatch(entry)) this.#options.stderr(`flux-shell: log failure: ${entry.message}\n`);
    } finally {
      this.#dispatching = false;
    }
  }

  #format({ level, message, component, file, line }: ShellLogMessage): string {
    const place = this.#dispatchLevel > ShellLogLevel.NOTICE && file !== undefined ? `${file}:${line}: ` : '';
    return `flux-shell: ${labels[level]}: ${component === undefined ? '' : `${component}: `}${place}${message}`;
  }
}

/** A thrown value in words: the text of what was meant for people, with its place where it was not. */
function wordsOf(e: unknown): string {
  if (e instanceof FluxError || !(e instanceof Error)) return errorText(e);
  return (e.stack ?? e.message).split('\n').slice(0, 2).join(' ').replace(/\s+/g, ' ');
}

/** Gives the message file and line, found only if someone wants them: most messages go nowhere. */
function locate(entry: ShellLogMessage, site: CallSite): void {
  let found: ReturnType<CallSite> | undefined;
  const part = (key: 'file' | 'line') => ({
    enumerable: true,
    get: () => {
      found ??= site();
      return found[key];
    },
  });
  Object.defineProperties(entry, { file: part('file'), line: part('line') });
}

/** File (without its folder) and line of the code that called `below`. */
export function callSite(below: (...args: never[]) => unknown): CallSite {
  const holder: { stack?: string } = {};
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 1;
  Error.captureStackTrace(holder, below);
  Error.stackTraceLimit = limit;
  return () => {
    const frame = /([^\s(]+):(\d+):\d+\)?$/.exec(holder.stack ?? '');
    return frame ? { file: path.basename(frame[1]!), line: Number(frame[2]) } : {};
  };
}
