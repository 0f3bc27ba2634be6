import { type Flux, Kvs, type KvsWatch, type KvsWatchOptions } from '../../../core';
import { createDir, createVal, KvsFlag } from '../../../core/internal';
import type { TestInstance } from '../../../core/testing';
import { failsWith, GUEST, kvsInstance, kvsOnEachRank } from './instance';

let instance: TestInstance;
let ranks: Kvs[];
let kvs: Kvs;
beforeAll(async () => {
  instance = await kvsInstance({ size: 3 });
  ranks = await kvsOnEachRank(instance);
  kvs = ranks[0]!;
});
afterAll(() => instance.stop());

/** Everything a watch brings until it ends by itself: texts of values, then the error's name if it ended with one. */
async function collect(watch: KvsWatch): Promise<string[]> {
  const seen: string[] = [];
  try {
    for await (const result of watch) seen.push(result.text);
  } catch (e) {
    seen.push((e as { code: string }).code);
  }
  return seen;
}

/** A watch whose first result has come. */
async function begun(here: Kvs, key: string, options?: KvsWatchOptions): Promise<KvsWatch> {
  const watch = here.watch(key, options);
  await watch.next();
  return watch;
}

const watchers = async (flux: Flux) => (await flux.rpc<{ watchers: number }>('kvs-watch.stats.get')).watchers;

test.each([0, 2])(
  'a watch brings the current value, one for each commit that names the key, and ENOENT when it is gone (rank %i)',
  async (rank) => {
    const here = ranks[rank]!;
    await here.put('w.a', '0');
    const all = collect(here.watch('..w.a'));
    await here.getText('w.a', { waitcreate: true });
    await here.put('w.a', '1');
    await here.put('w.other', 'x');
    await here.put('w.a', '1');
    await here.put('w.a', '2');
    await here.unlink('w.a');
    expect(await all).toEqual(['0', '1', '1', '2', 'ENOENT']);
  },
);

test('a watch on another rank sees every commit in order', async () => {
  await kvs.put('order', '-1');
  const { rootseq } = await kvs.getroot();
  await ranks[2]!.waitVersion(rootseq);
  const watch = ranks[2]!.watch('order');
  expect((await watch.next()).value.text).toBe('-1');
  for (let i = 0; i < 100; i++) await kvs.commit(kvs.transaction().put('order', String(i)));
  for (let i = 0; i < 100; i++) expect((await watch.next()).value.text).toBe(String(i));
  await watch.return();
});

test('merged commits are one result', async () => {
  await kvs.put('merged', 'a');
  const watch = await begun(kvs, 'merged');
  const before = await kvs.version();
  await Promise.all(Array.from({ length: 50 }, (_, i) => kvs.put('merged', String(i))));
  const results = (await kvs.version()) - before;
  expect(results).toBeLessThan(50);
  let last = '';
  for (let i = 0; i < results; i++) last = (await watch.next()).value.text;
  expect(last).toBe('49');
  await watch.return();
});

test('uniq leaves out what is the same', async () => {
  await kvs.put('u', '1');
  const watch = await begun(kvs, 'u', { uniq: true });
  for (const value of ['1', '1', '2', '2', '3']) await kvs.put('u', value);
  await kvs.unlink('u');
  expect(await collect(watch)).toEqual(['2', '3', 'ENOENT']);
});

test('full notices what changes the key without naming it', async () => {
  await kvs.put('f.d.x', '1');
  const full = await begun(kvs, 'f.d.x', { full: true });
  const plain = await begun(kvs, 'f.d.x');
  await kvs.symlink('other', 'x');
  await kvs.commit(kvs.transaction().putTreeobj('f', createDir([['d', createDir([['x', createVal('2')]])]])));
  await kvs.unlink('f');
  expect(await collect(full)).toEqual(['2', 'ENOENT']);
  plain.cancel();
  expect(await collect(plain)).toEqual([]);
});

test('append brings only what was added, and ends when the value shrinks', async () => {
  await kvs.put('log', 'one\n');
  const watch = await begun(kvs, 'log', { append: true });
  for (const line of ['two\n', '', 'drei\n', '4']) await kvs.append('log', line);
  await kvs.put('log', 'short');
  expect(await collect(watch)).toEqual(['two\n', '', 'drei\n', '4', 'EINVAL']);
});

test('append of bytes of any length', async () => {
  await kvs.put('bytes', '');
  const watch = await begun(kvs, 'bytes', { append: true });
  for (let length = 0; length < 8; length++) {
    await kvs.append('bytes', Buffer.alloc(length, length));
    expect((await watch.next()).value.bytes).toEqual(Buffer.alloc(length, length));
  }
  await watch.return();
});

test('what becomes a directory is EISDIR, a directory watched for appends EINVAL', async () => {
  await kvs.put('becomes', '1');
  const watch = await begun(kvs, 'becomes');
  await kvs.mkdir('becomes');
  expect(await collect(watch)).toEqual(['EISDIR']);
  expect(await collect(kvs.watch('becomes', { wanted: 'dir', append: true }))).toEqual(['EINVAL']);
});

test('directories and links can be watched', async () => {
  await kvs.mkdir('wd');
  const dir = kvs.watch('wd', { wanted: 'dir', full: true });
  expect((await dir.next()).value.dir).toEqual(createDir());
  await kvs.put('wd.a', '1');
  expect((await dir.next()).value.dir).toEqual(createDir([['a', createVal('1')]]));
  await dir.return();
  await kvs.symlink('wl', 'a');
  const link = kvs.watch('wl', { wanted: 'link' });
  expect((await link.next()).value.link).toEqual({ target: 'a' });
  await link.return();
});

test.each([0, 1])('an absent key is ENOENT, or waited for (rank %i)', async (rank) => {
  const here = ranks[rank]!;
  const key = `late.${rank}`;
  expect(await collect(here.watch(key))).toEqual(['ENOENT']);
  const watched = here.watch(key, { waitcreate: true });
  const once = here.getText(key, { waitcreate: true });
  await here.unlink(key);
  await here.put(key, 'now');
  expect((await watched.next()).value.text).toBe('now');
  expect(await once).toBe('now');
  await watched.return();
});

test.each([0, 2])('an absent namespace is ENOTSUP, or waited for; a removed one is ENOTSUP (rank %i)', async (rank) => {
  const name = `ns${rank}`;
  const here = ranks[rank]!.in(name);
  expect(await collect(here.watch('a'))).toEqual(['ENOTSUP']);
  const all = collect(here.watch('a', { waitcreate: true }));
  const [plain, waiting] = [collect(here.watch('a')), here.getText('a', { waitcreate: true })];
  expect(await plain).toEqual(['ENOTSUP']);
  await kvs.createNamespace(name);
  await here.put('a', '1');
  expect(await waiting).toBe('1');
  await kvs.removeNamespace(name);
  expect(await all).toEqual(['1', 'ENOTSUP']);
});

test('names of namespaces that begin alike are told apart', async () => {
  for (const name of ['alike', 'alike-setroot', 'alikes']) await kvs.createNamespace(name);
  const here = ranks[1]!.in('alike');
  await here.put('a', 'mine');
  const watch = await begun(here, 'a');
  await ranks[1]!.in('alikes').put('a', 'other');
  await ranks[1]!.in('alike-setroot').put('a', 'other');
  await here.put('a', 'again');
  expect((await watch.next()).value.text).toBe('again');
  expect(await here.getText('a')).toBe('again');
  await watch.return();
});

test('cancel ends a stream as a normal end, and frees the watcher', async () => {
  await kvs.put('c', '1');
  const [stays, goes] = [await begun(kvs, 'c'), await begun(kvs, 'c')];
  goes.cancel();
  expect(await collect(goes)).toEqual([]);
  await kvs.put('c', '2');
  expect((await stays.next()).value.text).toBe('2');
  expect(await watchers(kvs.flux)).toBe(1);
  await stays.return();
  expect(await watchers(kvs.flux)).toBe(0);
});

test.each(['kvs-watch.cancel', 'kvs-watch.disconnect', 'kvs.disconnect'])('%s is never answered', async (topic) => {
  const { flux } = kvs;
  const end = new AbortController();
  let answered = false;
  const answer = flux.rpc(topic, { matchtag: 1 }, { signal: end.signal }).then(
    () => {
      answered = true;
    },
    () => {
      answered = !end.signal.aborted;
    },
  );
  await flux.rpc(`${topic.split('.')[0]}.stats.get`); // the service has had the request before
  expect(answered).toBe(false);
  end.abort();
  await answer;
});

test('the end of a client frees its watchers', async () => {
  await kvs.put('gone', '1');
  const client = await instance.open(0);
  for (let i = 0; i < 3; i++) await begun(new Kvs(client), 'gone');
  expect(await watchers(kvs.flux)).toBe(3);
  client.close();
  await client.closed;
  expect(await watchers(kvs.flux)).toBe(0);
  expect(await kvs.flux.rpc('kvs-watch.stats.get')).toEqual({ watchers: 0, 'namespace-count': 0, namespaces: {} });
});

test('a watch needs a streaming request', async () => {
  const payload = { namespace: 'primary', key: 'c', flags: KvsFlag.watch };
  await expect(kvs.flux.rpc('kvs-watch.lookup', payload)).rejects.toEqual(
    failsWith('EPROTO', 'KVS watch request rejected without streaming RPC flag'),
  );
  await expect(kvs.flux.rpc('kvs-watch.lookup', { key: 'c' })).rejects.toEqual(failsWith('EPROTO'));
});

test('guests may watch their own namespaces only, and no links out of them', async () => {
  await kvs.createNamespace('guest', { owner: GUEST.userid });
  await kvs.in('guest').commit(kvs.transaction().put('a', '1').symlink('out', 'c', 'primary'));
  const asGuest = (namespace: string, key: string) =>
    collectRaw(kvs.flux.stream('kvs-watch.lookup', { namespace, key, flags: KvsFlag.watch }, GUEST));
  expect(await asGuest('primary', 'c')).toEqual('EPERM');
  expect(await asGuest('guest', 'out')).toEqual('EPERM');
  expect(await asGuest('guest', 'a')).toEqual({ val: createVal('1') });
});

async function collectRaw(stream: AsyncIterableIterator<unknown>): Promise<unknown> {
  try {
    return (await stream.next()).value;
  } catch (e) {
    return (e as { code: string }).code;
  }
}

test('thousands of watchers of one key share its lookup', async () => {
  const here = ranks[1]!;
  await here.put('crowd', '0');
  const watches = await Promise.all(Array.from({ length: 2000 }, () => begun(here, 'crowd')));
  await here.put('crowd', '1');
  const values = await Promise.all(watches.map(async (watch) => (await watch.next()).value.text));
  expect(new Set(values)).toEqual(new Set(['1']));
  for (const watch of watches) await watch.return();
});
