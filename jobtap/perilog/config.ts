import { FluxError, isJsonObject } from 'flux';
import { jsonTypeName } from 'flux/internal';

/** What to run around each job (contract: jobtap.md §5.3). */
export interface PerilogConf {
  /** Words of the command; undefined: none. */
  prolog: string[] | undefined;
  epilog: string[] | undefined;
  /** Seconds between SIGTERM and SIGKILL for a prolog. */
  killTimeout: number;
}

const DEFAULT_KILL_TIMEOUT = 5;

/** Reads `[job-manager.prolog]` and `[job-manager.epilog]`. EINVAL with the contract's text. */
export function readConf(config: Record<string, unknown>): PerilogConf {
  const jobManager = table(config, 'job-manager');
  const prolog = table(jobManager, 'prolog', ['command', 'kill-timeout']);
  const epilog = table(jobManager, 'epilog', ['command']);
  return { prolog: command(prolog, 'prolog'), epilog: command(epilog, 'epilog'), killTimeout: killTimeout(prolog['kill-timeout']) };
}

function table(parent: Record<string, unknown>, name: string, keys?: readonly string[]): Record<string, unknown> {
  const value = parent[name];
  if (value === undefined) return {};
  if (!isJsonObject(value)) throw configurationError(`Expected object, got ${jsonTypeName(value)}`);
  const unknown = keys ? Object.keys(value).filter((key) => !keys.includes(key)) : [];
  if (unknown.length > 0) throw configurationError(`${unknown.length} object item(s) left unpacked: ${unknown.join(', ')}`);
  return value;
}

function command({ command: words }: Record<string, unknown>, name: string): string[] | undefined {
  if (words === undefined) return undefined;
  if (!Array.isArray(words) || words.length === 0 || !words.every((word): word is string => typeof word === 'string'))
    throw new FluxError('EINVAL', `[job-manager.${name}] command malformed!`);
  return words;
}

function killTimeout(value: unknown): number {
  if (value === undefined) return DEFAULT_KILL_TIMEOUT;
  const seconds = typeof value === 'bigint' ? Number(value) : value;
  if (typeof seconds !== 'number') throw configurationError(`Expected real or integer, got ${jsonTypeName(value)}`);
  if (!(seconds >= 0)) throw configurationError(`kill-timeout is negative: ${seconds}`);
  return seconds;
}

function configurationError(text: string): FluxError {
  return new FluxError('EINVAL', `prolog/epilog configuration error: ${text}`);
}
