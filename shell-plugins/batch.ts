import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import { defineShellPlugin, errorText, type JsonObject, type Shell, t } from 'flux';
import { failure } from './_failure';

interface Batch {
  brokerOptions: string[];
  /** Where the script lies; leader only. */
  script: string | undefined;
}

const key = 'builtin::batch';

const shape = t.wire({ script: t.string(), 'broker-opts': t.optional(t.any()) });

/** Turns the tasks of `flux mini batch` into brokers, the first with the job's script as initial program (docs/protocol/shell.md §9.13). */
export default defineShellPlugin({
  name: 'batch',
  api: 1,
  setup(s) {
    s.on('shell.init', (shell) => {
      const info = batchInfo(shell);
      if (!info) return;
      const script = shell.info.rank === 0 ? writeScript(shell, info.script) : undefined;
      shell.aux.set<Batch>(key, { brokerOptions: info.brokerOptions, script }, (batch) => {
        if (batch.script !== undefined) fs.rmSync(batch.script, { force: true });
      });
    });
    s.on('task.init', (task, shell) => {
      const batch = shell.aux.get<Batch>(key);
      if (!batch) return;
      const args = task.rank === 0 ? [batch.script!, ...task.argv.slice(1)] : [];
      task.argv.splice(0, task.argv.length, 'flux', 'broker', ...batch.brokerOptions, ...args);
      shell.debug(`task${task.rank}: re-writing command to ${task.argv.join(' ')}`);
    });
  },
});

function batchInfo(shell: Shell): { script: string; brokerOptions: string[] } | undefined {
  const system = (shell.info.jobspec['attributes'] as JsonObject)['system'] as JsonObject;
  if (system['batch'] === undefined) return undefined;
  const { script, options } = unpack(shell, system['batch']);
  if (!Array.isArray(options)) throw failure(shell, 'batch.broker-opts attribute must be an array');
  return { script, brokerOptions: options.map(String) };
}

function unpack(shell: Shell, value: unknown): { script: string; options: unknown } {
  try {
    const { script, 'broker-opts': options } = shape.parse(value);
    return { script, options: options ?? [] };
  } catch (e) {
    throw failure(shell, `failed to unpack batch info: ${errorText(e)}`, e);
  }
}

function writeScript(shell: Shell, script: string): string {
  const file = uniqueName(`${shell.host.env['TMPDIR'] ?? '/tmp'}/flux-script-${shell.info.jobid}-`);
  shell.debug(`Copying batch script size=${Buffer.byteLength(script)} for job to ${file}`);
  try {
    fs.writeFileSync(file, script, { mode: 0o700, flag: 'wx' });
  } catch (e) {
    throw failure(shell, `failed to create batch script: ${errorText(e)}`, e);
  }
  return file;
}

function uniqueName(prefix: string): string {
  const characters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
  return prefix + Array.from(randomBytes(6), (byte) => characters[byte % characters.length]).join('');
}
