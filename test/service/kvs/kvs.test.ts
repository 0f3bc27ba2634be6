import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { blobrefOf, Content, Kvs, KvsTransaction, type Treeobj } from '../../../core';
import { createDir, createDirref, createVal, encodeTreeobj, errno } from '../../../core/internal';
import { type TestInstance, testInstance } from '../../../core/testing';
import { logLine } from '../../support/log-lines';
import { eventsDuring, failsWith, GUEST, kvsInstance, kvsOnEachRank } from './instance';

const SIZE = 4;
let instance: TestInstance;
let kvs: Kvs;
let ranks: Kvs[];
beforeAll(async () => {
  instance = await kvsInstance({ size: SIZE });
  ranks = await kvsOnEachRank(instance);
  kvs = ranks[0]!;
});
afterAll(() => instance.stop());

describe('commits', () => {
  test.each([0, 1, 3])('a rank reads what it wrote, as soon as it is told (rank %i)', async (rank) => {
    const here = ranks[rank]!;
    for (let i = 0; i < 20; i++) {
      const { rootseq, rootref } = await here.put(`own.${rank}`, String(i));
      expect(await here.getText(`own.${rank}`)).toBe(String(i));
      expect(await here.getroot()).toMatchObject({ rootseq, rootref });
    }
  });

  test('other ranks read it when they have its version', async () => {
    const { rootseq } = await ranks[3]!.put('shared', 'x');
    await Promise.all(
      ranks.map(async (there) => {
        await there.waitVersion(rootseq);
        expect(await there.getText('shared')).toBe('x');
      }),
    );
  });

  test('many at once all succeed, in order, and are merged', async () => {
    const before = await kvs.version();
    const commits = await Promise.all(Array.from({ length: 200 }, (_, i) => kvs.put('many', String(i))));
    expect(await kvs.getText('many')).toBe('199');
    const seqs = commits.map(({ rootseq }) => rootseq);
    expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
    expect((await kvs.version()) - before).toBeLessThan(200);
  });

  test('NO_MERGE commits have a root of their own', async () => {
    const before = await kvs.version();
    const commits = await Promise.all(
      Array.from({ length: 20 }, (_, i) => kvs.commit(kvs.transaction().put('own', String(i)), { noMerge: true })),
    );
    expect(commits.map(({ rootseq }) => rootseq)).toEqual(Array.from({ length: 20 }, (_, i) => before + i + 1));
  });

  test('of merged ones only the faulty one fails', async () => {
    const bad = kvs.transaction().append('.bad.', 'x');
    await kvs.mkdir('bad');
    const results = await Promise.allSettled([kvs.put('m1', '1'), kvs.put('m2', '2'), kvs.commit(bad), kvs.put('m3', '3')]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    expect(await Promise.all(['m1', 'm2', 'm3'].map((key) => kvs.getText(key)))).toEqual(['1', '2', '3']);
  });

  test.each([0, 2])('an error is that of the transaction, and nothing has changed (rank %i)', async (rank) => {
    const here = ranks[rank]!;
    await here.mkdir('dir');
    const version = await here.version();
    await expect(here.commit(here.transaction().put('before', '1').append('dir', 'x'))).rejects.toEqual(failsWith('EISDIR'));
    await expect(here.get('before')).rejects.toEqual(failsWith('ENOENT'));
    expect(await here.version()).toBe(version);
  });

  test('tell the events which keys, names and root', async () => {
    const events = await eventsDuring(ranks[1]!.flux, 'kvs.namespace-primary', () =>
      ranks[2]!.commit(new KvsTransaction().put('..ev.a.', '1').put('ev.a', '2').unlink('__proto__')),
    );
    expect(events).toEqual([
      {
        namespace: 'primary',
        owner: process.getuid!(),
        names: [expect.stringMatching(/^treq\.2\.\d+$/)],
        keys: JSON.parse('{"ev.a":null,"__proto__":null}'),
        ...(({ rootref, rootseq }) => ({ rootref, rootseq }))(await ranks[2]!.getroot()),
      },
    ]);
  });

  test('malformed requests are EPROTO', async () => {
    for (const payload of [{}, { namespace: 'primary', flags: 0 }, { namespace: 'primary', flags: 'x', ops: [] }]) {
      await expect(kvs.flux.rpc('kvs.commit', payload)).rejects.toEqual(failsWith('EPROTO'));
    }
    await expect(kvs.flux.rpc('kvs.lookup', { key: 'a', flags: 0 })).rejects.toEqual(failsWith('EPROTO'));
    const op = { key: 'a', flags: 0, dirent: null, extra: 1 };
    await expect(kvs.flux.rpc('kvs.commit', { namespace: 'primary', flags: 0, ops: [op] })).rejects.toEqual(failsWith('EPROTO'));
  });

  test('ops that are no array are none', async () => {
    const { rootseq } = await kvs.getroot();
    expect(await kvs.flux.rpc('kvs.commit', { namespace: 'primary', flags: 0, ops: {} })).toMatchObject({ rootseq: rootseq + 1 });
  });

  test('compact transactions join appends to a key', async () => {
    const log = kvs.transaction().append('log', 'a').put('x', '1').append('log', 'b').compact();
    expect(log.ops).toHaveLength(2);
    await kvs.commit(log);
    expect((await kvs.getTreeobj('log')).type).toBe('val');
    expect(await kvs.getText('log')).toBe('ab');
    expect(() => kvs.transaction().append('k', '1').put('k', '2').compact()).toThrow(failsWith('EINVAL'));
  });
});

describe('fences', () => {
  test('are one transaction of all ranks, and tell all of them its root', async () => {
    const { rootseq } = await kvs.put('x', '1');
    const roots = await Promise.all(
      ranks.map((here, rank) => here.fence('all', SIZE, here.transaction().put(`fence.${rank}`, String(rank)))),
    );
    expect(new Set(roots.map((root) => JSON.stringify(root))).size).toBe(1);
    expect(roots[0]!.rootseq).toBe(rootseq + 1);
    for (const here of ranks) expect(Object.keys((await here.readdir('fence')).data)).toHaveLength(SIZE);
  });

  test('free their name when they are done', async () => {
    for (let i = 0; i < 3; i++) await Promise.all(ranks.map((here) => here.fence('again', SIZE, here.transaction().put('n', String(i)))));
    expect(await kvs.getText('n')).toBe('2');
  });

  test('refuse who expects another number, on any rank, without harm to the others', async () => {
    const first = kvs.fence('mismatch', 2, kvs.transaction().put('mismatch', 'a'));
    await expect(ranks[1]!.fence('mismatch', 3, kvs.transaction())).rejects.toEqual(failsWith('EINVAL'));
    await expect(kvs.fence('mismatch', 2, kvs.transaction(), { noMerge: true })).rejects.toEqual(failsWith('EINVAL'));
    await expect(kvs.fence('nobody', 0, kvs.transaction())).rejects.toEqual(failsWith('EINVAL'));
    await ranks[3]!.fence('mismatch', 2, kvs.transaction());
    await first;
  });

  test('that fail fail for all', async () => {
    await kvs.mkdir('adir');
    const results = await Promise.allSettled([
      ranks[1]!.fence('failing', 2, kvs.transaction().append('adir', 'x')),
      ranks[2]!.fence('failing', 2, kvs.transaction()),
    ]);
    expect(results.map((result) => (result.status === 'rejected' ? result.reason.code : result.status))).toEqual(['EISDIR', 'EISDIR']);
  });
});

describe('lookups', () => {
  test('in a snapshot see it as it was, on every rank', async () => {
    await kvs.put('snap.a', '1');
    const at = (await kvs.snapshot()).root;
    await kvs.put('snap.a', '2');
    for (const here of ranks) expect(await here.getText('snap.a', { at })).toBe('1');
    const dir = await kvs.getTreeobj('snap');
    expect(await kvs.getText('a', { at: dir as typeof at })).toBe('2');
  });

  test('of a snapshot that is none', async () => {
    const lookup = (rootdir: unknown) => kvs.flux.rpc('kvs.lookup', { key: 'a', flags: 0, rootdir });
    await expect(lookup(createVal('x'))).rejects.toEqual(failsWith('EINVAL'));
    await expect(lookup({})).rejects.toEqual(failsWith('EINVAL'));
    await expect(lookup(createDirref(blobrefOf('no such blob')))).rejects.toEqual(failsWith('ENOENT'));
  });

  test.each([0, 1])(
    'through a reference to what is no directory are ENOTRECOVERABLE, to what is missing ENOENT (rank %i)',
    async (rank) => {
      const here = ranks[rank]!;
      const content = new Content(here.flux);
      const empty = await content.store(Buffer.from(encodeTreeobj(createDir())));
      const broken: Record<string, Treeobj> = {
        text: createDirref(await content.store(Buffer.from('no tree object'))),
        value: createDirref(await content.store(Buffer.from(encodeTreeobj(createVal('x'))))),
        two: { ...createDirref(empty), data: [empty, empty] },
        missing: createDirref(blobrefOf('no such blob')),
      };
      const txn = here.transaction();
      for (const [name, object] of Object.entries(broken)) txn.putTreeobj(`broken.${name}`, object);
      await here.commit(txn);
      for (const name of Object.keys(broken)) {
        const refused = failsWith(name === 'missing' ? 'ENOENT' : 'ENOTRECOVERABLE');
        await expect(here.get(`broken.${name}.a`)).rejects.toEqual(refused);
        await expect(here.readdir(`broken.${name}`)).rejects.toEqual(refused);
        await expect(here.put(`broken.${name}.a`, '1')).rejects.toEqual(refused);
        await expect(here.unlink(`broken.${name}.a`)).rejects.toEqual(refused);
        await expect(here.get(`broken.${name}`)).rejects.toEqual(failsWith('EISDIR'));
      }
    },
  );

  test('of an absent key by lookup-plus are no failure', async () => {
    const { rootref, rootseq } = await kvs.getroot();
    const plus = (payload: object) => kvs.flux.rpc('kvs.lookup-plus', { flags: 0, ...payload });
    expect(await plus({ key: 'none', namespace: 'primary' })).toEqual({ errno: errno['ENOENT'], rootref, rootseq });
    await expect(plus({ key: 'none', rootdir: createDirref(rootref) })).rejects.toEqual(failsWith('EPROTO'));
    expect(await plus({ key: 'none', rootdir: createDirref(rootref), rootseq: 7 })).toEqual({
      errno: errno['ENOENT'],
      rootref,
      rootseq: 7,
    });
  });

  test('survive a dropped cache, on all ranks', async () => {
    await kvs.put('deep.er.key', 'x'.repeat(100));
    for (const here of ranks) await here.dropcache();
    for (const here of ranks) expect(await here.getText('deep.er.key')).toBe('x'.repeat(100));
  });

  test('of big values and long directories', async () => {
    const big = Buffer.alloc(10_000_000, 'big');
    await ranks[3]!.put('big', big);
    expect((await ranks[3]!.get('big')).equals(big)).toBe(true);
    const txn = kvs.transaction();
    for (let i = 0; i < 5000; i++) txn.put(`wide.k${i}`, String(i));
    const { rootseq } = await kvs.commit(txn);
    await ranks[2]!.waitVersion(rootseq);
    expect(Object.keys((await ranks[2]!.readdir('wide')).data)).toHaveLength(5000);
    const deep = Array.from({ length: 300 }, (_, i) => `d${i}`).join('.');
    await kvs.put(deep, 'bottom');
    expect(await kvs.getText(deep)).toBe('bottom');
  });
});

describe('namespaces', () => {
  test('are apart from each other, and known to every rank', async () => {
    const mine = await kvs.createNamespace('mine');
    await mine.put('a', 'in mine');
    await expect(kvs.get('a')).rejects.toEqual(failsWith('ENOENT'));
    for (const here of ranks) expect(await here.in('mine').getText('a')).toBe('in mine');
    expect(await ranks[3]!.listNamespaces()).toContainEqual({ namespace: 'mine', owner: process.getuid!(), flags: 0 });
    await expect(kvs.createNamespace('mine')).rejects.toEqual(failsWith('EEXIST'));
  });

  test.each([0, 1, 3])('that do not exist are ENOTSUP (rank %i)', async (rank) => {
    const none = ranks[rank]!.in('none');
    const calls = [none.get('a'), none.put('a', 'x'), none.getroot(), none.waitVersion(1), none.fence('f', 1, none.transaction())];
    for (const result of await Promise.allSettled<unknown>(calls))
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'ENOTSUP' } });
  });

  test('begin with the root they are given', async () => {
    await kvs.put('from.there', 'x');
    const { rootref } = await kvs.getroot();
    const copy = await kvs.createNamespace('copy', { rootref });
    expect(await copy.getText('from.there')).toBe('x');
    const broken = await kvs.createNamespace('broken', { rootref: 'nonsense' });
    for (const what of ['value', 'dir', 'treeobj'] as const)
      for (const key of ['a', '.']) await expect(broken.lookup(key, what)).rejects.toMatchObject({ code: 'EINVAL', text: undefined });
    const missing = await kvs.createNamespace('missing', { rootref: blobrefOf('not stored') });
    await expect(missing.get('a')).rejects.toEqual(failsWith('ENOENT'));
    await expect(missing.put('a', '1')).rejects.toEqual(failsWith('ENOENT'));
  });

  test('end with all that waits for them, on every rank', async () => {
    const gone = await kvs.createNamespace('gone');
    await Promise.all(ranks.map((here) => here.in('gone').getroot()));
    const waiting = [
      ...ranks.map((here) => here.in('gone').waitVersion(100)),
      ...ranks.map((here) => here.in('gone').fence('half', 99, gone.transaction())),
    ];
    const settled = Promise.allSettled(waiting);
    await Promise.all(ranks.map((here) => here.in('gone').getroot()));
    await kvs.removeNamespace('gone');
    for (const result of await settled) expect(result).toMatchObject({ status: 'rejected', reason: { code: 'ENOTSUP' } });
    for (const here of ranks) await expect(here.in('gone').get('a')).rejects.toEqual(failsWith('ENOTSUP'));
    await kvs.removeNamespace('gone');
    await expect(kvs.removeNamespace('PRIMARY')).rejects.toEqual(failsWith('ENOTSUP'));
  });

  test('may have another owner, who alone may use them', async () => {
    await kvs.createNamespace('guests', { owner: GUEST.userid });
    const asGuest = (topic: string, payload: object) => ranks[2]!.flux.rpc(topic, payload, GUEST);
    const ops = [{ key: 'a', flags: 0, dirent: createVal('by guest') }];
    await asGuest('kvs.commit', { namespace: 'guests', flags: 0, ops });
    expect(await asGuest('kvs.lookup', { namespace: 'guests', key: 'a', flags: 0 })).toEqual({ val: createVal('by guest') });
    expect(await asGuest('kvs.getroot', { namespace: 'guests' })).toMatchObject({ owner: GUEST.userid });
    for (const [topic, payload] of Object.entries({
      'kvs.commit': { namespace: 'primary', flags: 0, ops },
      'kvs.lookup': { namespace: 'primary', key: 'a', flags: 0 },
      'kvs.getroot': { namespace: 'primary' },
      'kvs.sync': { namespace: 'primary', rootseq: 1 },
      'kvs.namespace-list': {},
      'kvs-watch.lookup': { namespace: 'primary', key: 'a', flags: 8 },
    })) {
      await expect(asGuest(topic, payload)).rejects.toEqual(failsWith('EPERM'));
    }
    await kvs.symlink('to-guests', 'a', 'guests');
    expect(await kvs.getText('to-guests')).toBe('by guest');
    await kvs.in('guests').symlink('out', 'shared', 'primary');
    await expect(asGuest('kvs.lookup', { namespace: 'guests', key: 'out', flags: 0 })).rejects.toEqual(failsWith('EPERM'));
    const rootdir = (await kvs.snapshot()).root;
    expect(await asGuest('kvs.lookup', { rootdir, key: 'shared', flags: 0 })).toEqual({ val: createVal('x') });
  });

  test('are copied and moved between', async () => {
    const [from, to] = [await kvs.createNamespace('from'), await kvs.createNamespace('to')];
    await from.put('dir.a', '1');
    await from.copy('dir', 'copied', to);
    await from.move('dir.a', 'moved', to);
    expect([await to.getText('copied.a'), await to.getText('moved')]).toEqual(['1', '1']);
    await expect(from.get('dir.a')).rejects.toEqual(failsWith('ENOENT'));
  });
});

test('setroot events are held back while they are paused', async () => {
  const here = ranks[1]!;
  await here.getroot();
  await here.flux.rpc('kvs.setroot-pause', { namespace: 'primary' });
  const version = await here.version();
  const { rootseq } = await kvs.put('paused', '1');
  const own = here.put('paused', '2');
  await kvs.in('primary').waitVersion(rootseq + 1);
  expect(await here.version()).toBe(version);
  await here.flux.rpc('kvs.setroot-unpause', { namespace: 'primary' });
  expect((await own).rootseq).toBe(rootseq + 1);
  expect(await here.getText('paused')).toBe('2');
});

test('the statistics have the shape of the contract', async () => {
  const { namespace, cache } = await kvs.flux.rpc<{ namespace: Record<string, object>; cache: object }>('kvs.stats.get');
  expect(namespace['primary']).toEqual({
    '#syncers': 0,
    '#no-op stores': expect.any(Number),
    '#transactions': 0,
    '#readytransactions': 0,
    'store revision': await kvs.version(),
  });
  expect(cache).toMatchObject({ '#obj dirty': expect.any(Number), '#obj incomplete': 0, '#faults': expect.any(Number) });
  await kvs.flux.rpc('kvs.stats.clear');
  expect(await kvs.flux.rpc('kvs.stats.get')).toMatchObject({ cache: { '#faults': 0 }, namespace: { primary: { '#no-op stores': 0 } } });
});

describe('arguments of the module', () => {
  let instance: TestInstance;
  beforeEach(async () => {
    instance = await testInstance({ modules: ['content'] });
  });
  afterEach(() => instance.stop());

  const rootsOf = async (commits: number) => {
    const kvs = new Kvs(instance.flux);
    await Promise.all(Array.from({ length: commits }, (_, i) => kvs.put('many', String(i))));
    return kvs.version();
  };

  test('transaction-merge=0 gives each commit a root of its own', async () => {
    await instance.load(0, 'kvs', ['transaction-merge=0']);
    expect(await rootsOf(50)).toBe(50);
  });

  test('with another number commits are merged', async () => {
    await instance.load(0, 'kvs', ['transaction-merge=1']);
    expect(await rootsOf(50)).toBeLessThan(50);
  });

  test('an unknown one is logged as it was given, and the module runs', async () => {
    await instance.load(0, 'kvs', ['frob.nicate=1']);
    expect(await logLine(instance.flux, 'Unknown option')).toBe("Unknown option `frob.nicate=1'");
    expect(await rootsOf(1)).toBe(1);
  });
});

describe('a restart', () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-test-'));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  const started = async () => {
    const instance = await testInstance({ attributes: { 'content.backing-path': path.join(folder, 'content.sqlite') } });
    for (const module of ['content', 'content-sqlite', 'kvs']) await instance.load(0, module);
    return instance;
  };

  test('with the same backing file finds the primary namespace as it was', async () => {
    const first = await started();
    const before = new Kvs(first.flux);
    const txn = before.transaction();
    for (let i = 0; i < 300; i++) txn.put(`a.b${i}.c`, `value ${i} ${'x'.repeat(i)}`);
    const { rootref } = await before.commit(txn);
    await first.stop();
    const second = await started();
    const after = new Kvs(second.flux);
    expect(await after.getroot()).toMatchObject({ rootref, rootseq: 0 });
    for (let i = 0; i < 300; i++) expect(await after.getText(`a.b${i}.c`)).toBe(`value ${i} ${'x'.repeat(i)}`);
    await second.stop();
  });

  test('of the module alone finds it too, and answers what waited', async () => {
    const instance = await started();
    const kvs = new Kvs(instance.flux);
    await kvs.put('a', '1');
    const waiting = kvs.waitVersion(100);
    waiting.catch(() => {});
    const { modules } = instance.brokers[0]!;
    await modules.remove('kvs');
    await expect(waiting).rejects.toEqual(failsWith('ENOSYS'));
    await expect(kvs.get('a')).rejects.toEqual(failsWith('ENOSYS'));
    await instance.load(0, 'kvs');
    expect(await kvs.getText('a')).toBe('1');
    await instance.stop();
  });
});
