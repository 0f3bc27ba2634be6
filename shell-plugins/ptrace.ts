import { defineShellPlugin } from 'flux';

/** Option stop-tasks-in-exec: tasks stop where they would begin, for a debugger to attach (docs/protocol/shell.md §9.11). */
export default defineShellPlugin({
  name: 'ptrace',
  api: 1,
  options: ['stop-tasks-in-exec'],
  setup(s) {
    s.on('shell.init', (shell) => {
      const wanted = shell.getopt('stop-tasks-in-exec');
      if (wanted === true || (typeof wanted === 'number' && wanted > 0)) {
        shell.aux.set('builtin::ptrace', true);
        shell.addEventContext('shell.start', { sync: true });
      }
    });
    s.on('task.exec', (task, shell) => {
      if (shell.aux.get('builtin::ptrace')) task.exec.stopAtExec = true;
    });
  },
});
