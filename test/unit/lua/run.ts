import fs from 'node:fs';
import path from 'node:path';
import type { ShellOptions } from '../../../core/shell/shell-options';
import { runStandalone, simpleJobspec, simpleR } from '../shell/standalone';

/** Runs Lua as the initrc of a shell, in a folder, and gives the lines that it prints. @throws Error with what the shell logs */
export async function printed(
  folder: string,
  script: string | Uint8Array | readonly string[],
  options: Partial<ShellOptions> = {},
): Promise<string[]> {
  const initrc = path.join(folder, 'script.lua');
  fs.writeFileSync(initrc, typeof script === 'string' || script instanceof Uint8Array ? script : `${script.join('\n')}\n`);
  const run = await runStandalone(simpleJobspec(['true'], { cwd: folder }), simpleR(), { initrc, ...options });
  if (run.stderr !== '') throw new Error(run.stderr);
  return run.stdout.split('\n').slice(0, -1);
}

/** What expressions print, in one shell. */
export const values = (folder: string, expressions: readonly string[], options: Partial<ShellOptions> = {}): Promise<string[]> =>
  printed(
    folder,
    expressions.map((expression) => `print((function() return ${expression} end)())`),
    options,
  );
