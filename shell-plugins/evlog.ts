import { defineShellPlugin, type JsonObject, type Shell, ShellLogLevel } from 'flux';
import { EventlogWriter, entry, errnoText } from 'flux/internal';

const BATCH_MS = 10;
const FLUSH_TIMEOUT_MS = 5000;

interface Evlog {
  writer: EventlogWriter;
  level: number;
  /** Entries are committed at once: the shell is about to go. */
  ending: boolean;
}

const key = 'builtin::evlog';

/** Writes the shell's log messages to the job's output eventlog, so that whoever attaches sees them (docs/protocol/shell.md §9.2). */
export default defineShellPlugin({
  name: 'evlog',
  api: 1,
  setup(s) {
    s.on('shell.connect', (shell) => {
      if (shell.host.standalone) return;
      const evlog: Evlog = { writer: writerFor(shell), level: ShellLogLevel.NOTICE + shell.host.verbose, ending: false };
      shell.aux.set(key, evlog, ({ writer }) => writer.dispose());
      shell.setLogLevel(ShellLogLevel.ERROR, 'stderr');
    });
    s.on('shell.log', (shell, message) => {
      const evlog = shell.aux.get<Evlog>(key);
      if (!evlog || message.level > evlog.level) return;
      evlog.writer.add(entry('log', { ...message } as JsonObject as never));
      if (evlog.ending || message.level === ShellLogLevel.FATAL) void evlog.writer.flush();
    });
    s.on('shell.log-setlevel', (shell, { dest, level }) => {
      const evlog = shell.aux.get<Evlog>(key);
      if (evlog && (dest === 'any' || dest === 'eventlog')) evlog.level = level;
    });
    s.on('shell.exit', (shell) => {
      const evlog = shell.aux.get<Evlog>(key);
      if (evlog) evlog.ending = true;
    });
    s.on('log.flush', async (shell) => {
      const evlog = shell.aux.get<Evlog>(key);
      if (!evlog) return;
      const timeout = new Promise<void>((resolve) => s.after(FLUSH_TIMEOUT_MS, resolve));
      await Promise.race([evlog.writer.flush(), timeout]);
    });
  },
});

function writerFor(shell: Shell): EventlogWriter {
  return new EventlogWriter({
    flux: shell.flux,
    namespace: shell.host.namespace,
    key: 'output',
    batchMs: BATCH_MS,
    onError(e, lost) {
      for (const { context } of lost) {
        const { message } = context as JsonObject;
        shell.host.stderr(`flux-shell: evlog failure: ${errnoText(e)}: msg=${String(message)}\n`);
      }
    },
  });
}
