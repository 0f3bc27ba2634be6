import { defineShellPlugin, IdSet, type Shell, t } from 'flux';
import { formatCpuList, type LocalTopology, localTopology, type Topology } from 'flux/internal';

const key = 'builtin::cpu-affinity';

/** CPUs of the shell's tasks: one set for all, or one each by local id. */
interface Binding {
  all: IdSet;
  perTask: IdSet[] | undefined;
}

/** Binds tasks to the cores that the job was given on this host (docs/protocol/shell.md §9.8). */
export default defineShellPlugin({
  name: 'cpu-affinity',
  api: 1,
  options: ['cpu-affinity'],
  setup(s) {
    let local: LocalTopology | undefined; // of the host: the same for all shells of the stack
    s.on('shell.init', (shell) => {
      const mode = affinityMode(shell);
      if (mode === 'off') {
        shell.debug('disabling affinity due to cpu-affinity=off');
        return;
      }
      const { ntasks, resources } = shell.rankInfo();
      local ??= localTopology(shell.host.env);
      if (!local.isThisSystem) {
        shell.debug('disabling affinity: the topology is not that of this system');
        return;
      }
      const binding = bind(shell, local.topology, resources.cores, mode === 'per-task' ? ntasks : 0);
      shell.aux.set(key, binding);
    });
    s.on('task.init', (task, shell) => {
      const binding = shell.aux.get<Binding>(key);
      const cpus = binding && (binding.perTask?.[task.localid] ?? binding.all);
      if (cpus) task.exec.affinity ??= formatCpuList([...cpus]);
    });
  },
});

function affinityMode(shell: Shell): string {
  try {
    return shell.getopt('cpu-affinity', t.wire(t.string())) ?? 'on';
  } catch {
    shell.warn('cpu-affinity: invalid option: on');
    return 'on';
  }
}

/** Nothing if a core does not exist here: tasks run where they like, then. */
function bind(shell: Shell, topology: Topology, list: string, ntasks: number): Binding | undefined {
  const cores = IdSet.parse(list);
  const known = topology.cores().length;
  const missing = [...cores].find((core) => core >= known);
  if (missing !== undefined) {
    shell.error(`affinity: core${missing} not in topology`);
    shell.warn(`unable to get cpuset for cores ${list}. Disabling affinity`);
    return undefined;
  }
  const all = topology.pusOfCores(cores);
  return { all, perTask: ntasks > 0 ? topology.restrict(all).distribute(ntasks) : undefined };
}
