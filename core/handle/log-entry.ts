/** Severities of RFC 5424 by the names of syslog(3). */
export const LogLevel = { emerg: 0, alert: 1, crit: 2, err: 3, warning: 4, notice: 5, info: 6, debug: 7 } as const;
export type LogLevel = (typeof LogLevel)[LogLevelName];
/** Name of a severity, as syslog(3) has it without `LOG_`: `'err'`, `'debug'`. */
export type LogLevelName = keyof typeof LogLevel;
/** The names, the number of each its index. */
export const logLevels = Object.keys(LogLevel) as readonly LogLevelName[];

/** One line of the broker's log (docs/protocol/broker.md §3). */
export interface LogEntry {
  level: LogLevel;
  /** Milliseconds since the epoch; a fraction is microseconds (wallMilliseconds()). */
  time: number;
  /** Decimal rank, or `-`. */
  rank: string;
  /** APPNAME: program or module. */
  name: string;
  procid: string;
  text: string;
}

const MAX_NAME = 48;
const MAX_LINE = 2048;

/** A text as the separate lines that are logged: the low 7 bits of each byte, split at line ends, none empty at the end. */
export function logEntries(text: string | Buffer): string[] {
  const masked = Buffer.from(text as string).toString('ascii');
  return masked.replace(/[\r\n]+$/, '').split(/[\r\n]+/);
}

/** `<PRI>1 TIMESTAMP RANK APPNAME PROCID - - MESSAGE`, at most 2048 bytes; PRI is 8 times the severity. */
export function formatLogEntry({ level, time, rank, name, procid, text }: LogEntry): string {
  const milliseconds = Math.floor(time);
  const micro = String(Math.floor((time - milliseconds) * 1000)).padStart(3, '0');
  const stamp = new Date(milliseconds).toISOString().replace('Z', `${micro}Z`);
  return `<${level * 8}>1 ${stamp} ${rank} ${name.slice(0, MAX_NAME)} ${procid} - - ${text}`.slice(0, MAX_LINE);
}

/** A log line taken apart: fields as they stand in it. */
export interface ParsedLogEntry {
  level: LogLevel;
  /** RFC 5424 timestamp, or `-`. */
  timestamp: string;
  rank: string;
  name: string;
  procid: string;
  text: string;
}

/** Takes a log line apart; undefined if it is no RFC 5424 entry. The severity is PRI >> 3 (docs/protocol/broker.md §3). */
export function parseLogEntry(line: string): ParsedLogEntry | undefined {
  const match = /^<(\d{1,3})>1 (\S+) (\S+) (\S+) (\S+) \S+ \S+ ?([\s\S]*)$/.exec(line);
  if (!match) return undefined;
  const level = Number(match[1]) >> 3;
  if (level > LogLevel.debug) return undefined;
  return { level: level as LogLevel, timestamp: match[2]!, rank: match[3]!, name: match[4]!, procid: match[5]!, text: match[6]! };
}
