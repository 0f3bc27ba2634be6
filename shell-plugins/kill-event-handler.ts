import { defineShellPlugin, type JsonObject, t } from 'flux';

const shape = t.wire({ signum: t.int() });

/** Signals the tasks at `flux job kill` (docs/protocol/shell.md §9.6). */
export default defineShellPlugin({
  name: 'kill_event_handler',
  api: 1,
  setup(s) {
    s.on('shell.init', (shell) => {
      shell.addEventHandler('kill', (payload) => {
        const signum = signumOf(payload);
        if (signum === undefined) shell.warn('kill: ignoring malformed event');
        else if (signum > 0) shell.killall(signum);
      });
    });
  },
});

function signumOf(payload: JsonObject): number | undefined {
  try {
    return shape.parse(payload).signum;
  } catch {
    return undefined; // malformed
  }
}
