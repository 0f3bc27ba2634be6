import fs from 'node:fs';
import { formatLogEntry, LogLevel, logEntries, logLevels, type ParsedLogEntry, parseLogEntry } from '../handle/log-entry';
import { FluxError, toFluxError } from '../sys/errors';
import { wallMilliseconds } from '../sys/wall-clock';
import type { ActiveAttribute, Attributes } from './attributes';

/** Ways out of a broker's log. */
export interface LogOptions {
  rank: number;
  /** Hands an entry to the broker above. */
  forward: (line: string) => void;
  /** Writes a line to the broker's stderr. */
  stderr: (line: string) => void;
}

type StderrMode = 'leader' | 'local';
const NAME = 'broker';

/** The log of one broker: a ring of its own entries, forwarding to rank 0, a file and stderr (docs/protocol/broker.md §3). */
export class BrokerLog {
  readonly #options: LogOptions;
  #ring: string[] = [];
  #ringSize = 1024;
  #count = 0;
  #level: number = LogLevel.debug;
  #forwardLevel: number = LogLevel.debug;
  #criticalLevel: number = LogLevel.crit;
  #stderrLevel: number = LogLevel.err;
  #stderrMode: StderrMode = 'leader';
  #filename: string | null = null;
  #file: number | undefined;
  readonly #followers = new Set<(line: string) => void>();

  constructor(options: LogOptions) {
    this.#options = options;
  }

  /** Logs a text of the broker's own. */
  log(level: LogLevel, text: string): void {
    const { rank } = this.#options;
    for (const line of logEntries(text)) {
      const entry = {
        level,
        time: wallMilliseconds(),
        rank: String(rank),
        name: NAME,
        procid: String(process.pid),
        text: line,
      };
      this.append(formatLogEntry(entry));
    }
  }

  /** Takes an entry, of this broker or forwarded from below. */
  append(line: string): void {
    const entry = parseLogEntry(line);
    const level = entry?.level ?? LogLevel.info;
    const { rank } = this.#options;
    const own = entry !== undefined && Number(entry.rank) === rank;
    let onStderr = false;
    if (own && level <= this.#level) this.#store(line);
    if (own && (level <= this.#criticalLevel || (this.#stderrMode === 'local' && level <= this.#stderrLevel))) {
      this.#options.stderr(plainLine(line, entry, this.#stderrMode !== 'local'));
      onStderr = true;
    }
    if (level <= this.#forwardLevel) {
      if (rank > 0) this.#options.forward(line);
      else if (this.#file !== undefined) fs.writeSync(this.#file, `${plainLine(line, entry, true)}\n`);
    }
    if (rank === 0 && !onStderr && this.#stderrMode === 'leader' && level <= this.#stderrLevel)
      this.#options.stderr(plainLine(line, entry, true));
  }

  /** The stored entries, oldest first. */
  get entries(): readonly string[] {
    return this.#ring;
  }

  clear(): void {
    this.#ring = [];
  }

  /** Calls `follower` with each entry that is stored from now on; the result ends it. */
  follow(follower: (line: string) => void): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  close(): void {
    if (this.#file !== undefined) fs.closeSync(this.#file);
    this.#file = undefined;
  }

  /** Registers the `log-*` attributes. Throws what a preset value is refused with. */
  async addAttributes(attributes: Attributes): Promise<void> {
    for (const [name, attribute] of Object.entries(this.#attributes())) await attributes.addActive(name, attribute);
    if (this.#options.rank > 0) {
      attributes.withdraw('log-filename');
      attributes.add('log-filename', null, 1);
    }
  }

  #attributes(): Record<string, ActiveAttribute> {
    const ignored = () => {};
    const file: Record<string, ActiveAttribute> =
      this.#options.rank > 0 ? {} : { 'log-filename': { get: () => this.#filename, set: (value) => this.#open(value) } };
    return {
      'log-level': level(
        () => this.#level,
        (value) => (this.#level = value),
      ),
      'log-forward-level': level(
        () => this.#forwardLevel,
        (value) => (this.#forwardLevel = value),
      ),
      'log-critical-level': level(
        () => this.#criticalLevel,
        (value) => (this.#criticalLevel = value),
      ),
      'log-stderr-level': level(
        () => this.#stderrLevel,
        (value) => (this.#stderrLevel = value),
      ),
      'log-stderr-mode': { get: () => this.#stderrMode, set: (value) => this.#setMode(value) },
      'log-ring-size': { get: () => String(this.#ringSize), set: (value) => this.#resize(value) },
      'log-ring-used': { get: () => String(this.#ring.length), set: ignored },
      'log-count': { get: () => String(this.#count), set: ignored },
      ...file,
    };
  }

  #store(line: string): void {
    this.#count++;
    if (this.#ringSize > 0) {
      if (this.#ring.length >= this.#ringSize) this.#ring.shift();
      this.#ring.push(line);
    }
    for (const follower of [...this.#followers]) follower(line);
  }

  #setMode(value: string): void {
    if (value !== 'leader' && value !== 'local') throw new FluxError('EINVAL');
    this.#stderrMode = value;
  }

  #resize(value: string): void {
    const size = leadingInteger(value);
    if (size < 0) throw new FluxError('EINVAL');
    this.#ringSize = size;
    this.#ring = size === 0 ? [] : this.#ring.slice(-size);
  }

  #open(path: string): void {
    try {
      const file = fs.openSync(path, 'a');
      this.close();
      this.#file = file;
      this.#filename = path;
    } catch (e) {
      throw toFluxError(e);
    }
  }
}

function level(get: () => number, set: (level: number) => void): ActiveAttribute {
  return {
    get: () => String(get()),
    set: (text) => {
      const value = leadingInteger(text);
      if (value < 0 || value > 7) throw new FluxError('EINVAL');
      set(value);
    },
  };
}

/** As strtol(3): text without a number is 0 (docs/protocol/broker.md §2). */
function leadingInteger(text: string): number {
  return Number(/^\s*[+-]?\d+/.exec(text)?.[0] ?? 0);
}

/** `TIMESTAMP APP.SEV[RANK]: MESSAGE`; a line that is no entry as it is. */
function plainLine(line: string, entry: ParsedLogEntry | undefined, withTime: boolean): string {
  if (!entry) return line;
  return `${withTime ? `${entry.timestamp} ` : ''}${entry.name}.${logLevels[entry.level]}[${entry.rank}]: ${entry.text}`;
}
