import net from 'node:net';
import { LocalPmiServer, openPmi, type PmiClient, PmiSingleton } from '../../../core/pmi';
import { closeFd, createSocketPair, streamFromFd } from '../../../core/sys/fds';

/** A local server with its clients over real sockets, opened as a process would: by its environment. */
async function launch(
  size: number,
  options: Partial<ConstructorParameters<typeof LocalPmiServer>[0]> = {},
  trace?: (line: string) => void,
) {
  const server = new LocalPmiServer({ size, abort: () => {}, ...options });
  const errors: unknown[] = [];
  const clients: PmiClient[] = [];
  for (let rank = 0; rank < size; rank++) {
    const [ours, theirs] = createSocketPair();
    server.serve(rank, streamFromFd(ours), (e) => errors.push(e));
    const env = { PMI_FD: String(theirs), PMI_RANK: String(rank), PMI_SIZE: String(size), ...(trace ? { FLUX_PMI_DEBUG: '1' } : {}) };
    clients.push(await openPmi(env, trace ?? (() => {})));
  }
  return { server, clients, errors };
}

/** A client of a server that gives its name, and then these answers, whatever it is asked. */
async function answering(answers: string[]) {
  const [ours, theirs] = createSocketPair();
  const server = streamFromFd(ours);
  const lines = ['cmd=my_kvsname kvsname=kvs', ...answers];
  server.on('data', () => void server.write(`${lines.shift()}\n`));
  const pmi = await openPmi({ PMI_FD: String(theirs), PMI_RANK: '0', PMI_SIZE: '1' }, () => {});
  return { pmi, server };
}

describe('PMI client', () => {
  test('four processes exchange cards as the broker does', async () => {
    const { clients, errors } = await launch(4, { preset: { PMI_process_mapping: '(vector,(0,1,4))' } });
    const cards = await Promise.all(
      clients.map(async (pmi) => {
        await pmi.init();
        expect(await pmi.maxes()).toEqual({ kvsname: 64, key: 64, value: 1024 });
        expect(await pmi.kvsname()).toBe('-');
        expect(await pmi.universeSize()).toBe(4);
        expect(await pmi.appnum()).toBe(0);
        await expect(pmi.get('flux.instance-level')).rejects.toMatchObject({ pmiCode: 4, message: 'invalid key argument' });
        expect(await pmi.get('PMI_process_mapping')).toBe('(vector,(0,1,4))');
        await pmi.put(String(pmi.rank), `card-of-${pmi.rank}`);
        await pmi.barrier();
        const all: string[] = [];
        for (let rank = 0; rank < pmi.size; rank++) all.push(await pmi.get(String(rank)));
        await pmi.barrier();
        await pmi.finalize();
        return all;
      }),
    );
    expect(cards).toEqual(Array(4).fill([0, 1, 2, 3].map((rank) => `card-of-${rank}`)));
    expect(errors).toEqual([]);
  });

  test('values and keys that are too long fail with their codes; blanks in either never leave', async () => {
    const { clients } = await launch(1);
    const pmi = clients[0]!;
    await expect(pmi.put('k'.repeat(64), 'v')).rejects.toMatchObject({ pmiCode: 5 });
    await expect(pmi.put('k', 'v'.repeat(1024))).rejects.toMatchObject({ pmiCode: 7 });
    await expect(pmi.put('a b', 'v')).rejects.toMatchObject({ pmiCode: 4 });
    await expect(pmi.put('k', 'a b')).rejects.toMatchObject({ pmiCode: 6 });
    await pmi.put('k', 'a=b');
    expect(await pmi.get('k')).toBe('a=b');
    await pmi.finalize();
  });

  test.each([
    ['Slurm says that there is no such key, without a word', 'cmd=get_result rc=1', { pmiCode: 1 }],
    ['Hydra says that there is no such key, with a value', 'cmd=get_result rc=-1 msg=key_nix_not_found value=unknown', { pmiCode: -1 }],
    ['an answer has no value', 'cmd=get_result rc=0', { pmiCode: -1 }],
  ])('a get fails where %s', async (_, answer, error) => {
    const { pmi, server } = await answering([answer]);
    await expect(pmi.get('nix')).rejects.toMatchObject(error);
    server.destroy();
    pmi.close();
  });

  test.each([
    ['cmd=get_result rc=0 value=(vector,(0,1,3))', '(vector,(0,1,3))'],
    ['cmd=get_result rc=0 msg=success value={"a":"="}', '{"a":"="}'],
    ['cmd=get_result rc=0 value=1 ', '1'],
    ['cmd=get_result value=1 rc=0', '1'],
    ['cmd=get_result rc=0 value=', ''],
  ])('a value ends at a blank: %s', async (answer, value) => {
    const { pmi, server } = await answering([answer]);
    expect(await pmi.get('key')).toBe(value);
    server.destroy();
    pmi.close();
  });

  test('a server that goes away fails the operation in progress and all later ones', async () => {
    const [ours, theirs] = createSocketPair();
    const pmi = await openPmi({ PMI_FD: String(theirs), PMI_RANK: '0', PMI_SIZE: '2' }, () => {});
    const barrier = pmi.barrier();
    closeFd(ours);
    await expect(barrier).rejects.toMatchObject({ pmiCode: -1, message: 'operation failed' });
    await expect(pmi.init()).rejects.toMatchObject({ pmiCode: -1 });
    pmi.close();
  });

  test('abort reaches the server with its message', async () => {
    let abort: (args: unknown[]) => void = () => {};
    const aborted = new Promise<unknown[]>((resolve) => (abort = resolve));
    const { clients } = await launch(1, { abort: (...args) => abort(args) });
    clients[0]!.abort(3, 'no more');
    await clients[0]!.init();
    await clients[0]!.finalize();
    expect(await aborted).toEqual([0, 3, 'no more']);
  });

  test('without PMI_FD, PMI_RANK and PMI_SIZE it is a singleton', async () => {
    const pmi = await openPmi({ PMI_RANK: '0', PMI_SIZE: '1' }, () => {}, { findLibrary: () => undefined });
    expect(pmi).toBeInstanceOf(PmiSingleton);
    expect([pmi.rank, pmi.size, await pmi.kvsname()]).toEqual([0, 1, 'singleton']);
    await expect(pmi.get('x')).rejects.toMatchObject({ pmiCode: -1 });
  });

  test('FLUX_PMI_DEBUG tells of every operation', async () => {
    const lines: string[] = [];
    const { clients } = await launch(1, {}, (line) => lines.push(line));
    const pmi = clients[0]!;
    await pmi.init();
    await pmi.put('a', '1');
    await expect(pmi.get('b')).rejects.toThrow();
    await pmi.finalize();
    expect(lines).toEqual([
      'pmi-debug-wire.1[0]: init () = operation completed successfully',
      'pmi-debug-wire.1[0]: kvs_put (key=a value=1) = operation completed successfully',
      'pmi-debug-wire.1[0]: kvs_get (key=b) = invalid key argument',
      'pmi-debug-wire.1[0]: finalize () = operation completed successfully',
    ]);
  });

  describe('with PMI_PORT and PMI_ID', () => {
    let server: net.Server;
    afterEach(() => new Promise((resolve) => server.close(resolve)));

    /** A server that gives such an answer to what a client says of itself, and from then on speaks PMI-1; opens a client on it. */
    async function open(answer: string, env: Record<string, string> = {}): Promise<{ pmi: Promise<PmiClient>; said: string[] }> {
      const said: string[] = [];
      const pmiServer = new LocalPmiServer({ size: 3, abort: () => {} });
      server = net.createServer((socket) => {
        socket.once('data', (chunk) => {
          said.push(chunk.toString());
          socket.write(answer);
          pmiServer.serve(2, socket, () => {});
        });
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as net.AddressInfo;
      return { pmi: openPmi({ PMI_PORT: `127.0.0.1:${port}`, PMI_ID: '2', ...env }, () => {}), said };
    }

    test('it connects, says its id, and learns its rank and the size', async () => {
      const { pmi, said } = await open('cmd=initack\ncmd=set size=3\ncmd=set rank=2\ncmd=set debug=0\n');
      const client = await pmi;
      expect([client.rank, client.size, said]).toEqual([2, 3, ['cmd=initack pmiid=2\n']]);
      await client.init();
      expect(await client.universeSize()).toBe(3);
      await client.finalize();
    });

    test.each([
      ['a server that answers something else is EPROTO', 'cmd=hello\n', {}, 'EPROTO'],
      ['an address that is none is EINVAL', '', { PMI_PORT: 'nowhere' }, 'EINVAL'],
      ['an id that is none is EINVAL', '', { PMI_ID: 'x' }, 'EINVAL'],
    ])('%s', async (_, answer, env, code) => {
      const { pmi } = await open(answer, env);
      await expect(pmi).rejects.toMatchObject({ code });
    });
  });
});
