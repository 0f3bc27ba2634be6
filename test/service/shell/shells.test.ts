import { signals } from '../../../core/sys/signals';
import { encodeNumbers } from '../../../shell-plugins/mpir/range-lists';
import { golden } from '../../unit/formats/golden';
import { simpleJobspec, simpleR } from '../../unit/shell/standalone';
import { ShellInstance, started } from './shell-job';

type Transcript = ['C' | 'S', string][];
const { pmi } = golden<{
  pmi: { std_4tasks_2shells: Record<string, Transcript>; process_mapping: { options: string; response: string }[] };
}>('shell.json');

let four: ShellInstance;
beforeAll(async () => {
  four = await ShellInstance.start(4);
});
afterAll(() => four.stop());
afterEach(() => jest.restoreAllMocks());

/** A jobspec of `nodes` nodes with `perNode` one-core tasks each. */
function spread(script: string, nodes: number, perNode: number, options: object = {}) {
  const jobspec = simpleJobspec(['bash', '--norc', '-c', script], { options });
  return {
    ...jobspec,
    resources: [
      { type: 'node', count: nodes, with: [{ type: 'slot', count: perNode, with: [{ type: 'core', count: 1 }], label: 'task' }] },
    ],
  };
}
const on = (ranks: string, cores = '0-1') => simpleR({ core: cores }, ranks);

/** A task that says what a recorded client said, and prints what it is answered. */
const client = (lines: Transcript) =>
  lines.map(([side, line]) => (side === 'C' ? `echo '${line.trimEnd()}' >&$PMI_FD` : 'read -r -u $PMI_FD line; echo "$line"')).join('\n');

describe('shells of a job', () => {
  test('meet in barriers; output of all goes through the leader', async () => {
    const job = await four.run({
      jobspec: spread('echo $FLUX_TASK_RANK of $FLUX_JOB_SIZE on $FLUX_JOB_NNODES; echo err >&2', 4, 2),
      R: on('0-3'),
    });
    expect(job.codes).toEqual([0, 0, 0, 0]);
    expect(job.stderr).toBe('');
    const ranks = Array.from({ length: 8 }, (_, i) => String(i));
    expect(job.printed.stdout).toEqual(Object.fromEntries(ranks.map((rank) => [rank, `${rank} of 8 on 4\n`])));
    expect(job.printed.stderr).toEqual(Object.fromEntries(ranks.map((rank) => [rank, 'err\n'])));
    expect(job.exec.map(({ name }) => name)).toEqual(['shell.init', 'shell.start', 'shell.task-exit']);
    expect(job.exec[0]!.context).toMatchObject({ 'leader-rank': 0, size: 4 });
    expect(job.exec[1]!.context).toEqual({ 'task-count': 8 });
    const ends = job.output.filter(({ context }) => (context as { eof?: boolean })?.eof);
    expect(ends).toHaveLength(16);
  });

  test('the leader is the first rank of R', async () => {
    const job = await four.run({ jobspec: spread('true', 2, 1), R: on('2-3', '0') });
    expect(job.codes).toEqual([0, 0]);
    expect(job.exec[0]!.context).toMatchObject({ 'leader-rank': 2, size: 2 });
  });

  test('much output of a follower arrives whole and in order', async () => {
    const job = await four.run({ jobspec: spread('test $FLUX_TASK_RANK = 1 && seq 1 20000; true', 2, 1), R: on('0-1', '0') });
    expect(job.printed.stdout['1']).toBe(Array.from({ length: 20000 }, (_, i) => `${i + 1}\n`).join(''));
  });

  test('a task that fails on a follower ends the job there; the first exit is recorded', async () => {
    const script = 'test $FLUX_TASK_RANK = 1 && exit 9; exec sleep 600';
    const job = await four.run({
      jobspec: spread(script, 2, 1, { 'exit-on-error': 1 }),
      R: on('0-1', '0'),
      during: async (running) => {
        while (running.exceptions.length === 0) await new Promise((resolve) => setImmediate(resolve));
        running.shells[1]!.deliverSignal(signals.SIGTERM);
      },
    });
    expect(job.exceptions).toMatchObject([{ note: 'rank 1 failed and exit-on-error is set' }]);
    expect(job.codes).toEqual([9, 9]);
    expect(job.exec.at(-1)).toMatchObject({ name: 'shell.task-exit', context: { rank: 1, exitcode: 9 } });
  });

  test('a first exit that the leader hears of before it has started itself is recorded after its start', async () => {
    const info = { localid: 0, rank: 1, state: 'Exited', pid: 1, wait_status: 0, signaled: 0, exitcode: 0 };
    const { instance } = four;
    const open = instance.open.bind(instance);
    jest.spyOn(instance, 'open').mockImplementation(async (rank) => {
      const flux = await open(rank);
      const rpc = flux.rpc.bind(flux);
      jest.spyOn(flux, 'rpc').mockImplementation(async (topic, payload, options) => {
        const [id] = /\d+(?=-start$)/.exec((payload as { name?: string })?.name ?? '') ?? [];
        if (rank === 0 && topic === 'barrier.enter' && id) {
          const service = `${process.getuid!()}-shell-${id}`;
          instance.flux.notify(`${service}.doom`, info, { nodeid: 0 });
          await expect(instance.flux.rpc(`${service}.nothing`, {}, { nodeid: 0 })).rejects.toMatchObject({ code: 'ENOSYS' }); // so the other was taken
        }
        return rpc(topic, payload, options);
      });
      return flux;
    });
    const exec = await four.run({ jobspec: spread('true', 2, 1), R: on('0-1', '0') });
    expect(exec.exec.map(({ name }) => name)).toEqual(['shell.init', 'shell.start', 'shell.task-exit']);
  });

  test('an exception while shells wait for each other ends them, without another exception', async () => {
    const R = on('0-1', '0');
    const lonely = {
      version: 1,
      execution: { R_lite: [...R.execution.R_lite, { rank: '9', children: { core: '0' } }], starttime: 0, expiration: 0, nodelist: ['n0'] },
    };
    const job = await four.run({
      jobspec: spread('true', 3, 1),
      R: lonely,
      during: (running) => running.post('exception', { type: 'cancel', severity: 1, note: '' }),
    });
    expect(job.codes).toEqual([1, 1]);
    expect(job.exceptions).toEqual([]);
    expect(job.stderr).toBe('flux-shell: FATAL: job.exception during init barrier, aborting\n'.repeat(2));
  });

  test('the leader tells debuggers of all tasks, others of their own', async () => {
    let pids: number[] = [];
    const tables: Record<string, unknown>[] = [];
    await four.run({
      jobspec: spread('read line', 2, 2),
      R: on('0-1'),
      during: async (running) => {
        await started(running);
        const [leader, follower] = [0, 1].map((rank) => running.shells.find((shell) => shell.rank === rank)!);
        pids = [...leader!.tasks.list, ...follower!.tasks.list].map((task) => task.pid!);
        for (const nodeid of [0, 1]) tables.push(await four.instance.flux.rpc(`${running.service}.proctable`, {}, { nodeid }));
        await four.instance.flux.rpc(`${running.service}.stdin`, { stream: 'stdin', rank: 'all', eof: true }, { nodeid: 0 });
      },
    });
    expect(tables[0]).toEqual({
      hosts: [
        [
          'host',
          [
            [0, -1],
            [1, -1],
          ],
        ],
      ],
      executables: [['bash', [[-1, -3]]]],
      ids: [[0, 3]],
      pids: encodeNumbers(pids),
    });
    expect(tables[1]).toMatchObject({ hosts: [['host', [[1, -1]]]], ids: [[2, 1]], pids: encodeNumbers(pids.slice(2)) });
  });

  describe('PMI', () => {
    const transcripts = pmi.std_4tasks_2shells;
    const recordedName = /kvsname=(\S+)/.exec(transcripts['0']!.map(([, line]) => line).join(''))![1]!;
    /** Answers of the server, but for those that depend on which task was faster: all write card-0. */
    function answers(lines: Transcript): string[] {
      const racy = (i: number) => /^cmd=get .*key=card-0$/.test(lines[i - 1]?.[1].trimEnd() ?? '');
      const plain = ([, line]: [string, string], i: number) => (racy(i) ? 'card-0' : line.trimEnd().replace(/kvsname=\S+/, 'kvsname=X'));
      return lines.map((line, i) => (line[0] === 'S' ? plain(line, i) : '')).filter(Boolean);
    }

    test.each([{}, { pmi: { exchange: { k: 1 } } }, { pmi: { kvs: 'native' } }])(
      'four tasks of two shells exchange values as recorded: %j',
      async (options) => {
        const cases = Object.entries(transcripts).map(([rank, lines]) => `${rank}) ${client(lines)};;`);
        const script = `case $FLUX_TASK_RANK in\n${cases.join('\n')}\nesac`.replaceAll(recordedName, 'KVSNAME');
        const job = await four.run({ jobspec: spread(script, 2, 2, { ...options, 'exit-timeout': 'none' }), R: on('0-1') });
        expect(job.codes).toEqual([0, 0]);
        for (const [rank, lines] of Object.entries(transcripts)) {
          const printed = job.printed.stdout[rank]!.split('\n');
          const got = lines.map(([side, line]): Transcript[number] => (side === 'S' ? [side, printed.shift()!] : [side, line]));
          expect(answers(got)).toEqual(answers(lines).map((line) => line.replace('(vector,(0,1,4))', '(vector,(0,2,2))')));
        }
      },
    );

    test('values come through a tree of any fanout', async () => {
      const script = `
        put() { echo "cmd=put kvsname=x key=$1 value=$2" >&$PMI_FD; read -r -u $PMI_FD line; }
        get() { echo "cmd=get kvsname=x key=$1" >&$PMI_FD; read -r -u $PMI_FD line; echo "\${line#*value=}"; }
        meet() { echo cmd=barrier_in >&$PMI_FD; read -r -u $PMI_FD line; }
        put k$PMI_RANK v$PMI_RANK; meet; for i in 0 1 2 3; do get k$i; done`;
      for (const k of [1, 2, 3, 9]) {
        const job = await four.run({ jobspec: spread(script, 4, 1, { pmi: { exchange: { k } } }), R: on('0-3', '0') });
        expect(job.codes).toEqual([0, 0, 0, 0]);
        for (const rank of ['0', '1', '2', '3']) expect(job.printed.stdout[rank]).toBe('v0\nv1\nv2\nv3\n');
        const warnings = job.output.filter(({ name }) => name === 'log').map(({ context }) => (context as { message: string }).message);
        expect(warnings).toEqual([k > 4 ? 'requested exchange fanout too large, using k=4' : `using k=${k}`]);
      }
    });

    test.each([
      [2, '0-1', { pmi: { clique: 'pershell' } }, '(vector,(0,2,2))'],
      [2, '0-1', { pmi: { clique: 'single' } }, '(vector,(0,1,4))'],
      [2, '0-1', {}, '(vector,(0,2,2))'],
      [2, '0-1', { pmi: { clique: 'none' } }, undefined],
    ] as const)('the process mapping of %d nodes, %s, %j is %s', async (nodes, ranks, options, mapping) => {
      const script = 'echo "cmd=get kvsname=x key=PMI_process_mapping" >&$PMI_FD; read -r -u $PMI_FD line; echo "$line"';
      const job = await four.run({ jobspec: spread(script, nodes, 2, options), R: on(ranks) });
      expect(job.printed.stdout['0']).toBe(mapping === undefined ? 'cmd=get_result rc=4\n' : `cmd=get_result rc=0 value=${mapping}\n`);
    });

    test('a broken protocol is fatal', async () => {
      const job = await four.run({ jobspec: spread('echo cmd=foo >&$PMI_FD; exec sleep 600', 1, 1), R: on('0', '0') });
      expect(job.codes).toEqual([1]);
      expect(job.stderr).toBe('flux-shell: FATAL: pmi: PMI-1 wire protocol error\n');
      expect(job.exceptions).toMatchObject([{ note: 'PMI-1 wire protocol error' }]);
    });
  });
});
