import { defineShellPlugin, IdSet, type Shell, t } from 'flux';

const key = 'builtin::gpu-affinity';

/** Tells tasks by CUDA_VISIBLE_DEVICES which GPUs are theirs (docs/protocol/shell.md §9.9). */
export default defineShellPlugin({
  name: 'gpu-affinity',
  api: 1,
  options: ['gpu-affinity'],
  setup(s) {
    s.on('shell.init', (shell) => {
      const { ntasks, resources } = shell.rankInfo();
      const gpus = [...IdSet.parse(resources.gpus)];
      const mode = affinityMode(shell);
      if (mode === 'off') return;
      shell.setenv('CUDA_VISIBLE_DEVICES', '-1');
      if (gpus.length === 0) return;
      shell.setenv('CUDA_DEVICE_ORDER', 'PCI_BUS_ID', { overwrite: false });
      if (mode !== 'per-task') shell.setenv('CUDA_VISIBLE_DEVICES', gpus.join(','));
      else shell.aux.set(key, share(gpus, ntasks));
    });
    s.on('task.init', (task, shell) => {
      const shares = shell.aux.get<string[]>(key);
      if (shares) task.env['CUDA_VISIBLE_DEVICES'] = shares[task.localid] ?? '';
    });
  },
});

function affinityMode(shell: Shell): string {
  try {
    return shell.getopt('gpu-affinity', t.wire(t.string())) ?? 'on';
  } catch {
    shell.warn('Failed to get gpu-affinity shell option, ignoring');
    return 'on';
  }
}

/** Each task in turn gets the next gpus/ntasks of them. */
function share(gpus: readonly number[], ntasks: number): string[] {
  const each = Math.floor(gpus.length / ntasks);
  return Array.from({ length: ntasks }, (_, i) => gpus.slice(i * each, (i + 1) * each).join(','));
}
