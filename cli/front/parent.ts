import { Flux } from '../../core/handle';
import { errorText, isErrno } from '../../core/sys/errors';
import { CommandExit } from '../args/exit';
import { PathList } from './pathlist';

/**
 * `flux --parent`: points the environment at the parent of the instance it names (docs/protocol/cli.md §2.3); an instance without a parent
 * changes nothing. Returns the variables to set, undefined meaning removed.
 */
export async function parentEnvironment(env: NodeJS.ProcessEnv): Promise<Record<string, string | undefined>> {
  const child = await open(env);
  const uri = await attribute(child, 'parent-uri');
  const namespace = await attribute(child, 'parent-kvs-namespace');
  child.close();
  if (uri === undefined) return {};
  const parent = await open({ ...env, FLUX_URI: uri });
  const execPath = await attribute(parent, 'conf.exec_path');
  const modulePath = await attribute(parent, 'conf.module_path');
  parent.close();
  return {
    FLUX_URI: uri,
    FLUX_KVS_NAMESPACE: namespace,
    FLUX_EXEC_PATH: new PathList().append(env['FLUX_EXEC_PATH']).prepend(execPath).toString(),
    FLUX_MODULE_PATH: new PathList().append(env['FLUX_MODULE_PATH']).prepend(modulePath).toString(),
  };
}

async function open(env: NodeJS.ProcessEnv): Promise<Flux> {
  try {
    return await Flux.open(undefined, { env });
  } catch (e) {
    throw new CommandExit(1, { stderr: `flux: flux_open: ${errorText(e)}\n` });
  }
}

async function attribute(flux: Flux, name: string): Promise<string | undefined> {
  try {
    return await flux.getattr(name);
  } catch (e) {
    if (isErrno(e, 'ENOENT')) return undefined;
    throw e;
  }
}
