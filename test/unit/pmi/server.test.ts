import { setImmediate } from 'node:timers/promises';
import { PmiServer, type PmiServerOptions } from '../../../core/pmi';
import { golden } from '../formats/golden';

type Transcript = ['C' | 'S', string][];
const { pmi } = golden<{ pmi: Record<'errors_1task' | 'unknown_command' | 'missing_key' | 'bad_init', { 0: Transcript }> }>('shell.json');

function memoryServer(options: Partial<PmiServerOptions> = {}) {
  const values = new Map<string, string>();
  return new PmiServer({
    size: 1,
    localSize: 1,
    kvsname: 'ƒ4gqyQbq',
    put: (key, value) => void values.set(key, value),
    get: (key) => values.get(key),
    barrier: async () => {},
    abort: () => {},
    ...options,
  });
}

/** Plays a recorded client to a server of one, giving the whole conversation as the server made it, and the errors. */
function replay(transcript: Transcript) {
  const lines: Transcript = [];
  const errors: unknown[] = [];
  const client = memoryServer().client(
    0,
    (line) => lines.push(['S', line]),
    (e) => errors.push(e),
  );
  for (const [side, line] of transcript)
    if (side === 'C') {
      lines.push(['C', line]);
      client.receive(Buffer.from(line));
    }
  return { lines, errors, client };
}

describe('PMI server', () => {
  test('answers every request of the recorded one-task session as recorded', () => {
    const { lines, errors, client } = replay(pmi.errors_1task[0]);
    expect(lines).toEqual(pmi.errors_1task[0]);
    expect(errors).toEqual([]);
    expect(client.finalized).toBe(true);
  });

  test('a client that has finalized may init again, and go on', () => {
    const { lines, errors, client } = replay([
      ['C', 'cmd=init pmi_version=1 pmi_subversion=1\n'],
      ['C', 'cmd=put kvsname=x key=a value=1\n'],
      ['C', 'cmd=finalize\n'],
      ['C', 'cmd=init pmi_version=1 pmi_subversion=1\n'],
      ['C', 'cmd=get kvsname=x key=a\n'],
    ]);
    expect(errors).toEqual([]);
    expect(lines.filter(([side]) => side === 'S').map(([, line]) => line)).toEqual([
      'cmd=response_to_init rc=0 pmi_version=1 pmi_subversion=1\n',
      'cmd=put_result rc=0\n',
      'cmd=finalize_ack rc=0\n',
      'cmd=response_to_init rc=0 pmi_version=1 pmi_subversion=1\n',
      'cmd=get_result rc=0 value=1\n',
    ]);
    expect(client.finalized).toBe(false);
  });

  test.each(['unknown_command', 'missing_key', 'bad_init'] as const)('%s is a protocol error', (name) => {
    const { lines, errors } = replay(pmi[name][0]);
    expect(lines).toEqual(pmi[name][0]);
    expect(errors).toMatchObject([{ code: 'EPROTO' }]);
  });

  test('takes lines in any chunks, and several in one', () => {
    const sent: string[] = [];
    const client = memoryServer({ size: 3 }).client(0, (line) => sent.push(line), fail);
    const bytes = Buffer.from('cmd=get_appnum\ncmd=put kvsname=x key=ä value=ü\ncmd=get kvsname=x key=ä\ncmd=get_universe_size\n');
    for (const byte of bytes) client.receive(Buffer.from([byte]));
    expect(sent).toEqual([
      'cmd=appnum rc=0 appnum=0\n',
      'cmd=put_result rc=0\n',
      'cmd=get_result rc=0 value=ü\n',
      'cmd=universe_size rc=0 size=3\n',
    ]);
    sent.length = 0;
    client.receive(bytes);
    expect(sent).toHaveLength(4);
  });

  test('a line beyond 1216 bytes is a protocol error', () => {
    const errors: unknown[] = [];
    const client = memoryServer().client(0, fail, (e) => errors.push(e));
    client.receive(Buffer.alloc(1216, 'x'));
    expect(errors).toMatchObject([{ code: 'EPROTO' }]);
  });

  test('a barrier answers all local clients when the last one is in and the server is done', async () => {
    const sent: [number, string][] = [];
    let release: () => void = () => {};
    let entered = 0;
    const server = memoryServer({
      localSize: 2,
      barrier: () => {
        entered++;
        return new Promise((resolve) => {
          release = resolve;
        });
      },
    });
    const clients = [0, 1].map((rank) => server.client(rank, (line) => sent.push([rank, line]), fail));
    clients[0]!.receive(Buffer.from('cmd=barrier_in\ncmd=get_appnum\n'));
    expect(entered).toBe(0);
    clients[1]!.receive(Buffer.from('cmd=barrier_in\n'));
    expect(entered).toBe(1);
    expect(sent).toEqual([]);
    release();
    await setImmediate();
    expect(sent).toEqual([
      [0, 'cmd=barrier_out rc=0\n'],
      [0, 'cmd=appnum rc=0 appnum=0\n'],
      [1, 'cmd=barrier_out rc=0\n'],
    ]);
  });

  test('a failed barrier says rc=-1', async () => {
    const sent: string[] = [];
    const client = memoryServer({ barrier: async () => Promise.reject(new Error('lost')) }).client(0, (line) => sent.push(line), fail);
    client.receive(Buffer.from('cmd=barrier_in\n'));
    await setImmediate();
    expect(sent).toEqual(['cmd=barrier_out rc=-1\n']);
  });

  test('requests behind a get that must be looked up wait for it', async () => {
    const sent: string[] = [];
    const client = memoryServer({ get: async (key) => (key === 'a' ? '1' : undefined) }).client(0, (line) => sent.push(line), fail);
    client.receive(Buffer.from('cmd=get kvsname=x key=a\ncmd=get_appnum\ncmd=get kvsname=x key=b\n'));
    expect(sent).toEqual([]);
    await setImmediate();
    expect(sent).toEqual(['cmd=get_result rc=0 value=1\n', 'cmd=appnum rc=0 appnum=0\n', 'cmd=get_result rc=4\n']);
  });

  test.each([
    ['cmd=abort exitcode=5', [0, 5, undefined]],
    ['cmd=abort exit_code=6 error_msg=my message here', [0, 6, 'my message here']],
    ['cmd=abort', [0, 0, undefined]],
  ])('%s tells the host and answers nothing', (line, expected) => {
    const calls: unknown[][] = [];
    const client = memoryServer({ abort: (...args) => void calls.push(args) }).client(0, fail, fail);
    client.receive(Buffer.from(`${line}\n`));
    expect(calls).toEqual([expected]);
  });
});

function fail(e: unknown): never {
  throw new Error(`not expected: ${String(e)}`);
}
