import { defineShellPlugin } from 'flux';
import { jsonInteger } from 'flux/internal';

/** Signals the tasks at `flux job kill` (contract/shell.md §9.6). */
export default defineShellPlugin({
  name: 'kill_event_handler',
  api: 1,
  setup(s) {
    s.on('shell.init', (shell) => {
      shell.addEventHandler('kill', (payload) => {
        const signum = jsonInteger(payload['signum']);
        if (signum === undefined) shell.warn('kill: ignoring malformed event');
        else if (signum > 0) shell.killall(signum);
      });
    });
  },
});
