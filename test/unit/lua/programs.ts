import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { luaFile, luaPrograms } from '../../support/lua-programs';
import { runStandalone, simpleJobspec, simpleR } from '../shell/standalone';

const versions = ['lua5.1', 'lua5.3', 'lua5.4'];

/** Whether the interpreters that ours is compared with are installed. */
export const hasLua: boolean = versions.every((name) =>
  (process.env['PATH'] ?? '').split(':').some((dir) => fs.existsSync(path.join(dir, name))),
);

/** Runs generated programs in all versions of Lua and in the shell; gives where these differ from what all versions print, at most a line for each program. */
export async function differences(folder: string, count: number, seed: number): Promise<{ compared: number; differing: string[] }> {
  const programs = luaPrograms(count, seed);
  const file = path.join(folder, 'programs.lua');
  fs.writeFileSync(file, luaFile(programs));
  const [first, ...others] = await Promise.all(versions.map((name) => theirs(name, file)));
  const run = await runStandalone(simpleJobspec(['true'], { cwd: folder }), simpleR(), { initrc: file, cwd: folder });
  if (run.stderr !== '') throw new Error(run.stderr);
  const here = byProgram(run.stdout);
  let compared = 0;
  const differing: string[] = [];
  for (const [n, program] of programs.entries()) {
    const lines = first!.get(n) ?? [];
    const agreed = (i: number) => others.every((other) => other.get(n)?.[i] === lines[i]);
    const ours = here.get(n) ?? [];
    const at = lines.findIndex((line, i) => agreed(i) && ours[i] !== line);
    compared += lines.filter((_, i) => agreed(i)).length;
    if (at >= 0) differing.push(`${lines[at]}\nhere: ${ours[at]}\nin (seed ${seed}, ${n}):\n${program}`);
    else if (ours.length !== lines.length && others.every((other) => other.get(n)?.length === lines.length))
      differing.push(`${ours.length} lines instead of ${lines.length} of (seed ${seed}, ${n}):\n${program}`);
  }
  return { compared, differing };
}

async function theirs(interpreter: string, file: string): Promise<Map<number, string[]>> {
  const env = { ...process.env, TZ: process.env['TZ'], LC_ALL: 'C', LUA_INIT: '' };
  const { stdout } = await promisify(execFile)(interpreter, [file], { env, maxBuffer: 2 ** 28, cwd: path.dirname(file) });
  return byProgram(stdout);
}

function byProgram(output: string): Map<number, string[]> {
  const found = new Map<number, string[]>();
  for (const line of output.split('\n')) {
    const tab = line.indexOf('\t');
    if (tab < 0) continue;
    const n = Number(line.slice(0, tab));
    if (!found.has(n)) found.set(n, []);
    found.get(n)!.push(line.slice(tab + 1));
  }
  return found;
}
