import { defineShellPlugin, FluxError, type Shell, shellService } from 'flux';
import { decodeNumbers, decodeStrings, encodeNumbers, encodeStrings, type NumberList, type StringList } from './range-lists';

/** Longest wait for another shell, in milliseconds. */
const TIMEOUT = 5000;

/** The tasks of a job, or of some of its shells, for debuggers (MPIR process table). */
interface Proctable {
  hosts: StringList;
  executables: StringList;
  ids: NumberList;
  pids: NumberList;
}

interface Row {
  host: string;
  executable: string;
  id: number;
  pid: number;
}

/** Answers `proctable`: the leader for the whole job, others for themselves (docs/protocol/shell.md §9.10). */
export default defineShellPlugin({
  name: 'mpir',
  api: 1,
  setup(s) {
    s.on('shell.init', (shell) => {
      shell.serve(shellService.proctable, async () => encode(await rows(shell)));
    });
  },
});

async function rows(shell: Shell): Promise<Row[]> {
  const { rank, size } = shell.info;
  if (rank !== 0 || size === 1) return ownRows(shell);
  shell.addCompletionRef('proctable.get');
  try {
    const others = Array.from({ length: size - 1 }, (_, i) =>
      shell.rpc(shellService.proctable, i + 1, {}, { signal: AbortSignal.timeout(TIMEOUT) }),
    );
    const tables = (await Promise.all(others)).map((table) => decode(table as Proctable));
    return [...ownRows(shell), ...tables.flat()].sort((a, b) => a.id - b.id);
  } catch (e) {
    throw new FluxError('ECANCELED', undefined, { cause: e });
  } finally {
    shell.removeCompletionRef('proctable.get');
  }
}

function ownRows({ tasks, host }: Shell): Row[] {
  return tasks.map((task) => ({ host: host.hostname, executable: task.argv[0]!, id: task.rank, pid: task.pid ?? -1 }));
}

function encode(table: readonly Row[]): Proctable {
  return {
    hosts: encodeStrings(table.map(({ host }) => host)),
    executables: encodeStrings(table.map(({ executable }) => executable)),
    ids: encodeNumbers(table.map(({ id }) => id)),
    pids: encodeNumbers(table.map(({ pid }) => pid)),
  };
}

function decode({ hosts, executables, ids, pids }: Proctable): Row[] {
  const names = decodeStrings(hosts);
  const programs = decodeStrings(executables);
  const numbers = decodeNumbers(pids);
  return decodeNumbers(ids).map((id, i) => ({ host: names[i]!, executable: programs[i]!, id, pid: numbers[i]! }));
}
