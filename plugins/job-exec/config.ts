import fs from 'node:fs';
import { errorText, FluxError, type JsonObject, type Log, type ModuleContext, parseFsd, t } from 'flux';

/** Table `[exec]` of the configuration with the module's arguments over it (docs/protocol/job-exec.md §1). */
export interface ExecSettings {
  /** Seconds. */
  killTimeout: number;
  /** Path of the default job shell. */
  shell: string;
  /** Path of the IMP; undefined: only the owner's jobs can run. */
  imp: string | undefined;
}

const DEFAULT_KILL_TIMEOUT = 5;

/** What the table may have, and the module's arguments. */
const keys = ['kill-timeout', 'job-shell', 'imp'] as const;
const text = t.optional(t.string());

/** Arguments of the module. Unknown ones are ignored. */
export const execArguments = t.object({ 'kill-timeout': text, 'job-shell': text, imp: text }, { unknown: 'ignore' });

type Values = t.infer<typeof execArguments>;

/** Reads them; EINVAL, with the reason in the log, for what can't be used. */
export async function readSettings(m: ModuleContext<JsonObject, Values>): Promise<ExecSettings> {
  const values: Values = { ...fromTable(m), ...m.options };
  const settings: ExecSettings = {
    killTimeout: killTimeout(m.log, values['kill-timeout']),
    shell: values['job-shell'] ?? installedShell(await m.flux.getattr('conf.exec_path')),
    imp: values.imp,
  };
  m.log.debug(`using default shell path ${settings.shell}`);
  if (settings.imp !== undefined) m.log.debug(`using imp path ${settings.imp}`);
  return settings;
}

function fromTable({ config, log }: Pick<ModuleContext, 'config' | 'log'>): Values {
  const table = (config['exec'] ?? {}) as JsonObject;
  try {
    return Object.fromEntries(
      keys.map((key) => [key, text.parse(table[key], { name: `error reading config value exec.${key}`, dialect: 'jansson' })]),
    );
  } catch (e) {
    log.err(errorText(e));
    throw new FluxError('EINVAL', undefined, { cause: e });
  }
}

function killTimeout(log: Log, text: string | undefined): number {
  if (text === undefined) return DEFAULT_KILL_TIMEOUT;
  try {
    const seconds = parseFsd(text);
    log.info(`using kill-timeout of ${Number(seconds.toPrecision(4))}s`);
    return seconds;
  } catch {
    log.err(`invalid kill-timeout: ${text}: Invalid argument`);
    log.err('job-exec: module initialization failed: Invalid argument');
    throw new FluxError('EINVAL');
  }
}

/** flux-shell, where the commands are. */
function installedShell(execPath: string): string {
  const candidates = execPath.split(':').map((dir) => `${dir}/flux-shell`);
  return candidates.find((file) => fs.existsSync(file)) ?? candidates[0] ?? 'flux-shell';
}
