import type { Shell } from 'flux';
import { formatMapping, mappingOfCounts, parseMapping, pmiLimits } from 'flux/internal';
import type { PmiOptions } from './options';

/** PMI_process_mapping of the job; undefined: there is none. */
export async function processMapping(shell: Shell, clique: PmiOptions['clique']): Promise<string | undefined> {
  const mode = clique ?? (await brokerClique(shell));
  if (mode === 'none') return undefined;
  const { ntasks } = shell.info;
  const text = mode === 'single' ? `(vector,(0,1,${ntasks}))` : formatMapping(mappingOfCounts(tasksPerShell(shell)));
  if (text.length < pmiLimits.value) return text;
  shell.error('PMI_process_mapping is too long');
  return undefined;
}

/** Brokers that all run on one node make one node of the job. */
async function brokerClique(shell: Shell): Promise<'single' | 'pershell'> {
  if (shell.host.standalone) return 'pershell';
  const mapping = await shell.flux.getattr('broker.mapping').catch(() => '');
  const blocks = parseMapping(mapping) ?? [];
  return blocks.length === 1 && blocks[0]!.nodes === 1 ? 'single' : 'pershell';
}

function tasksPerShell(shell: Shell): number[] {
  return Array.from({ length: shell.info.size }, (_, rank) => {
    try {
      return shell.rankInfo(rank).ntasks;
    } catch {
      return 0; // a shell without tasks has no rank info
    }
  });
}
