import fs from 'node:fs/promises';
import path from 'node:path';
import { errorText, FluxError, isErrno, toFluxError } from '../../../core/sys/errors';
import { spawnProcess } from '../../../core/sys/spawn';
import { shellExitCode } from '../../../core/sys/waitstatus';
import type { Perilog } from './perilog';

/** Exit codes of programs that could not be started, by errno; as a shell's. */
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;

/** Runs all executables of a directory at once, without arguments; one that doesn't exist has none. Gives the largest exit code. */
export async function runScripts(perilog: Perilog, job: string, dir: string): Promise<number> {
  const scripts = await executables(path.resolve(perilog.ctx.cwd, dir));
  if (!scripts) return 0;
  perilog.info(`${job}: ${perilog.name}: running ${scripts.length} scripts from ${dir}`);
  const codes = await Promise.all(scripts.map((script) => run(perilog, job, script)));
  return Math.max(0, ...codes);
}

async function run(perilog: Perilog, job: string, script: string): Promise<number> {
  const code = await exitCodeOf(perilog, job, script);
  if (code === 0) perilog.info(`${job}: ${script} completed successfully`);
  else perilog.error(`${job}: ${script} failed with rc=${code}`);
  return code;
}

async function exitCodeOf({ ctx }: Perilog, job: string, script: string): Promise<number> {
  try {
    const child = spawnProcess({ argv: [script], env: ctx.env, cwd: ctx.cwd, stdio: ['inherit', 'inherit', 'inherit'] });
    return shellExitCode((await child.exited).status);
  } catch (e) {
    ctx.stderr.write(`${job}: ${script}: ${errorText(e)}\n`);
    return isErrno(e, 'ENOENT') ? NOT_FOUND : NOT_EXECUTABLE;
  }
}

/** Paths of the files in a directory that we may execute, by name; undefined if it is no directory. @throws FluxError if it can't be read */
async function executables(dir: string): Promise<string[] | undefined> {
  let names: string[];
  try {
    names = await fs.readdir(dir);
  } catch (e) {
    const error = toFluxError(e);
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) return undefined;
    throw new FluxError(error.code, `${error.message}: '${dir}'`);
  }
  const files = names.sort().map((name) => path.join(dir, name));
  const found = await Promise.all(files.map(isExecutable));
  return files.filter((_, i) => found[i]);
}

async function isExecutable(file: string): Promise<boolean> {
  try {
    await fs.access(file, fs.constants.X_OK);
    return (await fs.stat(file)).isFile();
  } catch (e) {
    const error = toFluxError(e);
    if (isErrno(error, 'EACCES') || isErrno(error, 'ENOENT')) return false; // also a link that leads nowhere
    throw error;
  }
}
