import { FluxError, type JsonObject, type ModuleContext, parseFsd } from 'flux';
import { jsonTypeName } from 'flux/internal';

/** Table `[archive]` of the configuration with the module's arguments over it (contract/job-info-list.md §6). */
export interface ArchiveSettings {
  /** File of the archive; undefined: there is none. */
  dbpath: string | undefined;
  /** Seconds between two looks for finished jobs. */
  period: number;
  /** How long a locked file is waited for, in seconds. */
  busytimeout: number;
}

const keys = ['dbpath', 'period', 'busytimeout'] as const;
type Values = Partial<Record<(typeof keys)[number], string>>;

/** @throws FluxError EINVAL for a bad duration, which is in the log */
export function readSettings({ config, args, log }: ModuleContext): ArchiveSettings {
  const values = { ...fromTable(config, log.err), ...fromArgs(args, log.err) };
  return {
    dbpath: values.dbpath,
    period: duration('period', values.period ?? '60s', log.err),
    busytimeout: duration('busytimeout', values.busytimeout ?? '50ms', log.err),
  };
}

function fromTable(config: Record<string, unknown>, logError: (text: string) => void): Values {
  const table = (config['archive'] ?? {}) as JsonObject;
  const values: Values = {};
  for (const key of keys) {
    const value = table[key];
    if (value === undefined) continue;
    if (typeof value !== 'string') {
      logError(`error reading archive config: Expected string, got ${jsonTypeName(value)}`);
      return {};
    }
    values[key] = value;
  }
  return values;
}

function fromArgs(args: readonly string[], logError: (text: string) => void): Values {
  const values: Values = {};
  for (const arg of args) {
    const key = keys.find((name) => arg.startsWith(`${name}=`));
    if (key) values[key] = arg.slice(key.length + 1);
    else logError(`Unknown option \`${arg}'`);
  }
  return values;
}

function duration(key: string, text: string, logError: (text: string) => void): number {
  try {
    return /^\d+ms$/.test(text) ? Number.parseInt(text, 10) / 1000 : parseFsd(text);
  } catch {
    logError(`error parsing ${key} ${text}: Invalid argument`);
    throw new FluxError('EINVAL');
  }
}
