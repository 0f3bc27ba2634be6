import fs from 'node:fs';
import path from 'node:path';
import { defineShellPlugin, errorText, isErrno, type Shell, toFluxError } from 'flux';
import { f58 } from 'flux/internal';

/** Gives the job a directory of its own on each host, FLUX_JOB_TMPDIR, which goes with the shell (docs/protocol/shell.md §9.1). */
export default defineShellPlugin({
  name: 'tmpdir',
  api: 1,
  setup(s) {
    s.on('shell.init', async (shell) => {
      makeTmpdir(shell);
      const name = `jobtmp-${shell.info.rank}-${f58(shell.info.jobid, shell.host.env)}`;
      const directory = makeJobDirectory(shell, name, await rundir(shell));
      shell.aux.set('builtin::tmpdir', directory, removeDirectory);
      shell.setenv('FLUX_JOB_TMPDIR', directory);
      shell.setenv('TMPDIR', directory, { overwrite: false });
    });
  },
});

function makeTmpdir(shell: Shell): void {
  const tmpdir = shell.getenv('TMPDIR');
  if (tmpdir === undefined) return;
  try {
    makeDirectory(path.resolve(shell.host.cwd, tmpdir));
  } catch (e) {
    const { message } = toFluxError(e);
    shell.error(`mkdir ${tmpdir}: ${message}`);
    shell.die(`error creating TMPDIR: ${message}`);
  }
}

async function rundir(shell: Shell): Promise<string | undefined> {
  if (shell.host.standalone) return undefined;
  try {
    return await shell.flux.getattr('rundir');
  } catch {
    return undefined; // then it is made elsewhere
  }
}

/** In the broker's rundir or, where that is not possible (guests), in the job's TMPDIR or /tmp. */
function makeJobDirectory(shell: Shell, name: string, base: string | undefined): string {
  if (base !== undefined) {
    try {
      return makeDirectory(path.join(base, name));
    } catch (e) {
      shell.debug(`mkdir ${path.join(base, name)}: ${errorText(e)}`);
    }
  }
  try {
    return makeDirectory(path.resolve(shell.host.cwd, shell.getenv('TMPDIR') ?? '/tmp', name));
  } catch (e) {
    return shell.die(`error creating FLUX_JOB_TMPDIR: ${errorText(e)}`);
  }
}

function makeDirectory(directory: string): string {
  try {
    fs.mkdirSync(directory, { mode: 0o700 });
  } catch (e) {
    if (!isErrno(e, 'EEXIST')) throw e;
  }
  return directory;
}

/** Usually a job leaves it empty. It takes a millisecond on ext4, or long if there is much in it: no other shell waits for that. */
async function removeDirectory(directory: string): Promise<void> {
  try {
    await fs.promises.rmdir(directory);
  } catch {
    await fs.promises.rm(directory, { recursive: true, force: true });
  }
}
