import { defineShellPlugin, type Shell, type Task } from 'flux';
import { appendToGuest, encodeIo, entry, TerminusServer, type TerminusSession } from 'flux/internal';

const key = 'builtin::pty';

interface Terminals {
  server: TerminusServer;
  /** That of global task 0, if it is to have one. */
  session: TerminusSession | undefined;
}

/**
 * Serves terminals under the shell's service and, by the option `pty`, gives one to the job's first task, for clients to attach to
 * (docs/protocol/shell.md §9.12).
 */
export default defineShellPlugin({
  name: 'pty',
  api: 1,
  options: ['pty'],
  setup(s) {
    s.on('shell.init', (shell) => {
      const server = serveTerminals(shell);
      const wanted = shell.getopt('pty') !== undefined && shell.info.rank === 0;
      const session = wanted ? server.open('task0') : undefined;
      shell.aux.set<Terminals>(key, { server, session }, () => void server.close());
      if (session) shell.addEventContext('shell.init', { pty: `terminus.${session.id}` });
      shell.setenv('FLUX_TERMINUS_SESSION', '0');
    });
    s.on('task.exec', (task, shell) => {
      const session = sessionOf(task, shell);
      if (session) task.exec.terminal = session.terminal;
    });
    s.on('task.fork', (task, shell) => {
      const session = sessionOf(task, shell);
      if (session) session.pid = task.pid;
    });
    s.on('task.exit', async (task, shell) => {
      const session = sessionOf(task, shell);
      if (!session) return;
      const unclaimed: string[] = [];
      session.unclaimed = (data) => unclaimed.push(data);
      session.exited(task.waitStatus!);
      await session.end(); // the job does not wait for a client
      if (unclaimed.length > 0) await keep(shell, unclaimed.join(''));
    });
  },
});

/** What nobody was there to see goes where it goes without a terminal: a client that comes too late falls back to that. */
async function keep(shell: Shell, data: string): Promise<void> {
  const { standalone, namespace } = shell.host;
  if (standalone) return;
  await appendToGuest(shell.flux, namespace, [
    { key: 'output', entries: [entry('data', { ...encodeIo('stdout', '0', Buffer.from(data)) })] },
  ]);
}

function serveTerminals(shell: Shell): TerminusServer {
  const { host, info } = shell;
  return new TerminusServer({
    service: `${info.service}.terminus`,
    rank: shell.rankInfo().broker_rank,
    userid: host.userid,
    env: host.env,
    cwd: host.cwd,
    serve: (method, handler) => shell.serve(`terminus.${method}`, handler),
  });
}

function sessionOf(task: Task, shell: Shell): TerminusSession | undefined {
  return task.rank === 0 ? shell.aux.get<Terminals>(key)?.session : undefined;
}
