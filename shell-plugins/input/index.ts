import { defineShellPlugin, t } from 'flux';
import { appendToGuest, entry } from 'flux/internal';
import { failure } from '../_failure';
import { hold } from '../_hold';
import { ClientInput } from './clients';
import { InputFeed } from './feed';
import { FileInput } from './file';
import { InputProgress, tellLeader } from './progress';

const feedKey = 'builtin::input';
const fileKey = 'builtin::input-file';
const clientsKey = 'builtin::input-clients';

const inputOption = t.wire({ stdin: t.wire({ type: t.string({ default: 'service' }), path: t.optional(t.string()) }, { default: {} }) });

/**
 * Brings the job's stdin to its tasks, by the KVS: from clients, or from a file (docs/protocol/shell.md §9.4). As long as no task reads what there is
 * already, and while the KVS has too much to commit, no more is taken.
 */
export default defineShellPlugin({
  name: 'input',
  api: 1,
  options: ['input.stdin.type', 'input.stdin.path'],
  setup(s) {
    s.on('shell.init', async (shell) => {
      const { type, path } = (shell.getopt('input', inputOption) ?? inputOption.parse({})).stdin;
      if (type !== 'service' && type !== 'file') throw failure(shell, `invalid input type specified '${type}'`);
      if (type === 'file' && path === undefined) throw failure(shell, 'path for stdin file input not specified');
      if (shell.host.standalone) return;
      const progress = shell.info.rank === 0 ? new InputProgress(shell) : undefined;
      shell.aux.set(feedKey, new InputFeed(shell, progress?.ofThisShell ?? tellLeader(shell)), (feed) => feed.stop());
      if (!progress) return;
      const source = type === 'file' ? new FileInput(shell, path!, progress) : undefined;
      const header = entry('header', { version: 1, encoding: { stdin: 'UTF-8' }, count: { stdin: 1 }, options: {} });
      shell.host.initialized(appendToGuest(shell.flux, shell.host.namespace, [{ key: 'input', entries: [header] }]));
      if (source) shell.aux.set(fileKey, source, (file) => file.close());
      else shell.aux.set(clientsKey, new ClientInput(shell, progress));
    });
    s.on('shell.start', (shell) => {
      shell.aux.get<InputFeed>(feedKey)?.allAdded();
      const source = shell.aux.get<FileInput>(fileKey);
      if (source) void hold(shell, 'input.kvs', source.copy());
    });
    s.on('shell.exit', async (shell) => {
      await shell.aux.get<ClientInput>(clientsKey)?.close();
    });
    s.on('task.fork', (task, shell) => shell.aux.get<InputFeed>(feedKey)?.add(task));
    s.on('task.exit', (task, shell) => shell.aux.get<InputFeed>(feedKey)?.remove(task));
  },
});
