import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { PluginHandlers } from '../plugin/driver';
import { glob } from '../plugin/glob';
import { isErrno, toFluxError } from '../sys/errors';
import { loadPlugins } from './plugin-loading';
import type { JobShell } from './shell';
import type { HookArgs } from './stack';
import type { ShellTask } from './task';

/**
 * The files that the shipped initrc consists of by default, with their SHA-1: where they are as shipped and nothing is added, what they do is done by
 * {@link runStockInitrc} instead of in Lua. Who changes one of them changes that function, too: a test compares both.
 */
export const stockFiles: Readonly<Record<string, string>> = {
  'initrc.lua': 'bbc8bbcb7c2cfe268b02da1f340c186aead681eb',
  'lua.d/intel_mpi.lua': '313df9b7424dd86d1237cbe6e356294240029d90',
  'lua.d/mvapich.lua': '239ea7fc1898a9698feb9da86a7a0bf05c2741f0',
  'lua.d/openmpi.lua': 'af870b8b2836494bc9755ca083a62226900ac09b',
};

/** Whether running this initrc would do what the shipped one does by default. */
export async function isStockInitrc(shell: JobShell, file: string): Promise<boolean> {
  const { options } = shell;
  if (path.resolve(file) !== path.resolve(options.paths.initrc)) return false;
  if (shell.getopt('mpi') !== undefined || shell.getopt('userrc') !== undefined) return false;
  if (shell.environment['FLUX_SHELL_RC_PATH']) return false;
  const folder = path.dirname(file);
  const names = [path.basename(file), ...glob('lua.d/*.lua', { cwd: folder })];
  if (names.length !== Object.keys(stockFiles).length) return false;
  const digest = options.digest ?? sha1;
  return names.every((name) => digest(path.join(folder, name)) === stockFiles[name]);
}

/** SHA-1 of a file, in hex. */
export const sha1 = (file: string): string => createHash('sha1').update(fs.readFileSync(file)).digest('hex');

/** What the shipped initrc does by default. */
export async function runStockInitrc(shell: JobShell, file: string): Promise<void> {
  const folder = path.dirname(file);
  const part = (name: string) => shell.trace(`trying to load ${path.join(folder, name)}`);
  shell.trace('Sucessfully loaded flux.shell module'); // sic
  part(path.basename(file));
  loadAllPlugins(shell, file);
  part('lua.d/intel_mpi.lua');
  await intelMpi(shell);
  part('lua.d/mvapich.lua');
  await mvapich(shell);
  part('lua.d/openmpi.lua');
  openMpi(shell);
}

function loadAllPlugins(shell: JobShell, file: string): void {
  try {
    loadPlugins(shell, '*.so', {});
  } catch (e) {
    shell.error(`${file}: plugin.load: *.so: ${toFluxError(e).message}`);
    shell.die(`loading rc file ${file}: ${toFluxError(e).message}`);
  }
}

async function intelMpi(shell: JobShell): Promise<void> {
  if (shell.environment['I_MPI_PMI_LIBRARY'] === undefined) return;
  const library = await pmiLibrary(shell);
  if (library !== undefined) shell.environment['I_MPI_PMI_LIBRARY'] = library;
}

async function mvapich(shell: JobShell): Promise<void> {
  const env = shell.environment;
  const library = await pmiLibrary(shell);
  if (library?.includes('/')) {
    const folder = path.dirname(library);
    const old = env['LD_LIBRARY_PATH'];
    if (!old) env['LD_LIBRARY_PATH'] = folder;
    else if (old.split(':', 1)[0] !== folder) env['LD_LIBRARY_PATH'] = `${folder}:${old}`;
  }
  env['MPIRUN_NTASKS'] = String(shell.layout!.ntasks);
  env['MPIRUN_RSH_LAUNCH'] = '1';
  register(shell, 'mvapich', 'task.init', (task) => {
    const { env: taskEnv, rank } = task as ShellTask;
    taskEnv['MPIRUN_RANK'] = String(rank);
  });
}

function openMpi(shell: JobShell): void {
  Object.assign(shell.environment, { OMPI_MCA_pmix: 'flux', OMPI_MCA_schizo: 'flux' });
  register(shell, 'openmpi', 'shell.init', (one) => {
    const { environment } = one as JobShell;
    const directory = environment['FLUX_JOB_TMPDIR'];
    if (directory !== undefined) environment['OMPI_MCA_btl_vader_backing_directory'] = directory;
  });
}

/** Once for all shells of a stack. */
function register(shell: JobShell, name: string, topic: string, handler: (subject: unknown) => void): void {
  shell.stack.addOnce(`initrc ${name}`, () => {
    const handlers = new PluginHandlers<HookArgs>(name);
    handlers.on(topic, handler);
    return { name, path: undefined, files: [], handlers, options: [], join: () => {}, dispose: () => {} };
  });
}

async function pmiLibrary(shell: JobShell): Promise<string | undefined> {
  try {
    return await shell.flux.getattr('conf.pmi_library_path');
  } catch (e) {
    if (isErrno(e, 'ENOENT')) return undefined;
    throw e;
  }
}
