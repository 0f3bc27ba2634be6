import fs from 'node:fs';
import { FluxError, type JsonObject, type ModuleContext, parseFsd } from 'flux';

/** Table `[exec]` of the configuration with the module's arguments over it (contract/job-exec.md §1). */
export interface ExecSettings {
  /** Seconds. */
  killTimeout: number;
  /** Path of the default job shell. */
  shell: string;
  /** Path of the IMP; undefined: only the owner's jobs can run. */
  imp: string | undefined;
}

const DEFAULT_KILL_TIMEOUT = 5;
const keys = ['kill-timeout', 'job-shell', 'imp'] as const;
type Key = (typeof keys)[number];

/** Reads them; EINVAL, with the reason in the log, for what can't be used. */
export async function readSettings(m: ModuleContext): Promise<ExecSettings> {
  const values = { ...fromTable(m), ...fromArgs(m.args) };
  const settings: ExecSettings = {
    killTimeout: killTimeout(m, values['kill-timeout']),
    shell: values['job-shell'] ?? installedShell(await m.flux.getattr('conf.exec_path')),
    imp: values['imp'],
  };
  m.log.debug(`using default shell path ${settings.shell}`);
  if (settings.imp !== undefined) m.log.debug(`using imp path ${settings.imp}`);
  return settings;
}

function fromTable(m: ModuleContext): Partial<Record<Key, string>> {
  const table = (m.config['exec'] ?? {}) as JsonObject;
  const values: Partial<Record<Key, string>> = {};
  for (const key of keys) {
    const value = table[key];
    if (value === undefined) continue;
    if (typeof value !== 'string') {
      m.log.err(`error reading config value exec.${key}: Expected string, got ${typeof value}`);
      throw new FluxError('EINVAL');
    }
    values[key] = value;
  }
  return values;
}

/** Unknown arguments are ignored. */
function fromArgs(args: readonly string[]): Partial<Record<Key, string>> {
  const values: Partial<Record<Key, string>> = {};
  for (const arg of args) for (const key of keys) if (arg.startsWith(`${key}=`)) values[key] = arg.slice(key.length + 1);
  return values;
}

function killTimeout(m: ModuleContext, text: string | undefined): number {
  if (text === undefined) return DEFAULT_KILL_TIMEOUT;
  try {
    const seconds = parseFsd(text);
    m.log.info(`using kill-timeout of ${Number(seconds.toPrecision(4))}s`);
    return seconds;
  } catch {
    m.log.err(`invalid kill-timeout: ${text}: Invalid argument`);
    m.log.err('job-exec: module initialization failed: Invalid argument');
    throw new FluxError('EINVAL');
  }
}

/** flux-shell, where the commands are. */
function installedShell(execPath: string): string {
  const candidates = execPath.split(':').map((dir) => `${dir}/flux-shell`);
  return candidates.find((file) => fs.existsSync(file)) ?? candidates[0] ?? 'flux-shell';
}
