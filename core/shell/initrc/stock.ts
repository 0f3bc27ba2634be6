import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { glob } from '../../formats/glob';
import { PluginHandlers } from '../../plugin/driver';
import type { Task } from '../../plugin/types/shell-objects';
import { errorText } from '../../sys/errors';
import { findAttribute } from '../job/connected';
import type { DescribedShell } from '../job/described';
import type { LearnedShell } from '../job/learned';
import type { PluginLoader } from '../stack/plugin-loader';
import type { HookArgs, PluginStack } from '../stack/stack';
import type { Views } from '../stack/views';

/**
 * The files that the shipped initrc consists of by default, with their SHA-1: where they are as shipped and nothing is added, what they do is done by
 * {@link runStockInitrc} instead of in Lua. Who changes one of them changes that function, too: a test compares both.
 */
export const stockFiles: Readonly<Record<string, string>> = {
  'initrc.lua': '0cef18042f68908eb3b6739b4a31f638f3921975',
  'lua.d/intel_mpi.lua': '7e227b00939164db4d30e42a1198d103013bf2f9',
  'lua.d/mvapich.lua': 'd32abf624fdb904a9da1640d20df48cc75e1c07d',
  'lua.d/openmpi.lua': 'f95f6f24ce4b0bd3e3757bed97e9d622d49b7937',
};

const PMI_LIBRARY = 'conf.pmi_library_path';
const OPENMPI_FILES = 'OMPI_MCA_mca_base_envar_file_prefix';

/** Whether running this initrc would do what the shipped one does by default. */
export function isStockInitrc(described: DescribedShell, file: string): boolean {
  const { options } = described.shell;
  if (path.resolve(file) !== path.resolve(options.paths.initrc)) return false;
  if (described.getopt('mpi') !== undefined || described.getopt('userrc') !== undefined) return false;
  if (described.environment['FLUX_SHELL_RC_PATH']) return false;
  const folder = path.dirname(file);
  const names = [path.basename(file), ...glob('lua.d/*.lua', { cwd: folder })];
  if (names.length !== Object.keys(stockFiles).length) return false;
  const digest = options.digest ?? sha1;
  return names.every((name) => digest(path.join(folder, name)) === stockFiles[name]);
}

/** SHA-1 of a file, in hex. */
export const sha1 = (file: string): string => createHash('sha1').update(fs.readFileSync(file)).digest('hex');

/** Does, without Lua, what the shipped initrc does by default. */
export async function runStockInitrc(learned: LearnedShell, plugins: PluginLoader, file: string): Promise<void> {
  const { log } = learned.shell;
  const folder = path.dirname(file);
  const part = (name: string) => log.trace(`trying to load ${path.join(folder, name)}`);
  log.trace('Sucessfully loaded flux.shell module'); // sic
  part(path.basename(file));
  loadAllPlugins(learned, plugins, file);
  part('lua.d/intel_mpi.lua');
  await intelMpi(learned);
  part('lua.d/mvapich.lua');
  await mvapich(learned);
  part('lua.d/openmpi.lua');
  openMpi(learned, path.join(folder, 'lua.d/openmpi.conf'));
}

function loadAllPlugins({ shell }: LearnedShell, plugins: PluginLoader, file: string): void {
  try {
    plugins.load('*.so', {});
  } catch (e) {
    shell.log.error(`${file}: plugin.load: *.so: ${errorText(e)}`);
    shell.die(`loading rc file ${file}: ${errorText(e)}`);
  }
}

async function intelMpi({ environment, flux }: LearnedShell): Promise<void> {
  if (environment['I_MPI_PMI_LIBRARY'] === undefined) return;
  const library = await findAttribute(flux, PMI_LIBRARY);
  if (library) environment['I_MPI_PMI_LIBRARY'] = library;
}

async function mvapich({ shell, environment: env, flux, layout }: LearnedShell): Promise<void> {
  const library = await findAttribute(flux, PMI_LIBRARY);
  if (library?.includes('/')) {
    const folder = path.dirname(library);
    const old = env['LD_LIBRARY_PATH'];
    if (!old) env['LD_LIBRARY_PATH'] = folder;
    else if (old.split(':', 1)[0] !== folder) env['LD_LIBRARY_PATH'] = `${folder}:${old}`;
  }
  env['MPIRUN_NTASKS'] = String(layout.ntasks);
  env['MPIRUN_RSH_LAUNCH'] = '1';
  register(shell.stack, 'mvapich', 'task.init', (subject) => {
    const task = subject as Task;
    task.env['MPIRUN_RANK'] = String(task.rank);
  });
}

function openMpi({ shell, environment: env }: LearnedShell, file: string): void {
  for (const name of ['OMPI_MCA_pmix', 'OMPI_MCA_schizo']) if (env[name] === 'flux') delete env[name];
  env['OMPI_MCA_pmix_flux_priority'] = '1';
  const given = env[OPENMPI_FILES];
  if (!given) env[OPENMPI_FILES] = file;
  else if (!given.split(',').includes(file)) env[OPENMPI_FILES] = `${given},${file}`;
  register(shell.stack, 'openmpi', 'shell.init', (subject) => {
    const view = (subject as Views).of('openmpi');
    const directory = view.getenv('FLUX_JOB_TMPDIR');
    if (directory !== undefined) view.setenv('OMPI_MCA_btl_vader_backing_directory', directory);
  });
}

/** Once for all shells of a stack. */
function register(stack: PluginStack, name: string, topic: string, handler: (subject: unknown) => void): void {
  stack.addOnce(`initrc ${name}`, () => {
    const handlers = new PluginHandlers<HookArgs>(name);
    handlers.on(topic, handler);
    return { name, path: undefined, files: [], handlers, options: [], join: () => {}, dispose: () => {} };
  });
}
