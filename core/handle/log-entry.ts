/** Severities of RFC 5424: emerg 0, alert 1, crit 2, err 3, warning 4, notice 5, info 6, debug 7. */
export type LogLevel = 0 | 1 | 2 | 3 | 4 | 5 | 6 | 7;
export const logLevels = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'] as const;
export type LogLevelName = (typeof logLevels)[number];

/** One line of the broker's log (contract/broker.md §3). */
export interface LogEntry {
  level: LogLevel;
  /** Milliseconds since the epoch. */
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

/** A text as the separate lines that are logged: 7-bit characters, split at line ends, none empty at the end. */
export function logEntries(text: string): string[] {
  const masked = text.replace(/[^\x00-\x7f]/g, (c) => String.fromCharCode(c.charCodeAt(0) & 0x7f));
  return masked.replace(/[\r\n]+$/, '').split(/[\r\n]+/);
}

/** `<PRI>1 TIMESTAMP RANK APPNAME PROCID - - MESSAGE`, at most 2048 bytes; PRI is 8 times the severity. */
export function formatLogEntry({ level, time, rank, name, procid, text }: LogEntry): string {
  const stamp = new Date(time).toISOString().replace('Z', `${microseconds()}Z`);
  return `<${level * 8}>1 ${stamp} ${rank} ${name.slice(0, MAX_NAME)} ${procid} - - ${text}`.slice(0, MAX_LINE);
}

/** Date stops at milliseconds; the contract wants six digits. */
function microseconds(): string {
  return String(Math.floor((performance.now() % 1) * 1000)).padStart(3, '0');
}
