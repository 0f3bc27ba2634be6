import { defineShellPlugin } from 'flux';

/** Passes signals that the shell gets (SIGINT, SIGTERM, SIGALRM) on to its tasks: it ends when they do (docs/protocol/shell.md §9.7). */
export default defineShellPlugin({
  name: 'signals',
  api: 1,
  setup(s) {
    s.on('signal', (shell, { signum }) => {
      shell.debug(`forwarding signal ${signum} to tasks`);
      shell.killall(Number(signum));
    });
  },
});
