import { type DecodedEntry, Kvs, type KvsEventlog, kvsNamespaceFrom } from '../../../core';
import { createDirref, createVal } from '../../../core/internal';
import type { TestInstance } from '../../../core/testing';
import { failsWith, kvsInstance } from './instance';

let instance: TestInstance;
let kvs: Kvs;
beforeAll(async () => {
  instance = await kvsInstance();
  kvs = new Kvs(instance.flux);
});
afterAll(() => instance.stop());

test('find gives what stands under a key, or undefined; what is not what was wanted is an error all the same', async () => {
  await kvs.put('found', 'x');
  expect((await kvs.find('found'))?.text).toBe('x');
  expect(await kvs.find('lost')).toBeUndefined();
  expect(await (await kvs.snapshot()).find('lost')).toBeUndefined();
  await expect(kvs.find('found', 'dir')).rejects.toEqual(failsWith('ENOTDIR'));
  await expect(kvs.in('nosuch').find('found')).rejects.toEqual(failsWith('ENOTSUP'));
});

describe('a snapshot', () => {
  test('reads everything as it was when it was taken', async () => {
    await kvs.commit(
      kvs
        .transaction()
        .put('s.text', 'before')
        .putJson('s.json', { a: [1, 2.5] })
        .symlink('s.link', 's.text')
        .mkdir('s.empty'),
    );
    const snapshot = await kvs.snapshot();
    await kvs.unlink('s');
    expect(await snapshot.getText('s.text')).toBe('before');
    expect(await snapshot.getText('s.link')).toBe('before');
    expect(await snapshot.getJson('s.json')).toEqual({ a: [1, 2.5] });
    expect(await snapshot.readlink('s.link')).toEqual({ target: 's.text' });
    expect(Object.keys((await snapshot.readdir('s')).data).sort()).toEqual(['empty', 'json', 'link', 'text']);
    await expect(snapshot.get('s')).rejects.toEqual(failsWith('EISDIR'));
    await expect(snapshot.get('')).rejects.toEqual(failsWith('EINVAL'));
    await expect(kvs.get('s.text')).rejects.toEqual(failsWith('ENOENT'));
  });

  test('of a commit, or of a directory, is named by its reference, which can be put back', async () => {
    const { rootref } = await kvs.put('d.key', 'value');
    const commit = kvs.at(createDirref(rootref));
    expect(await commit.getText('d.key')).toBe('value');
    const directory = await commit.getTreeobj('d');
    if (directory.type !== 'dirref') throw new Error(directory.type);
    expect(await kvs.at(directory).getText('key')).toBe('value');
    await kvs.unlink('d');
    await kvs.commit(kvs.transaction().putTreeobj('restored', directory));
    expect(await kvs.getText('restored.key')).toBe('value');
  });
});

describe('a lookup that waits for its key', () => {
  const watchers = async () => (await kvs.flux.rpc<{ watchers: number }>('kvs-watch.stats.get')).watchers;

  test('can be taken back, before and while it waits, and leaves no watcher', async () => {
    const end = new AbortController();
    const waiting = kvs.get('not.yet', { waitcreate: true, signal: end.signal });
    expect(await watchers()).toBe(1);
    end.abort();
    await expect(waiting).rejects.toEqual(failsWith('ENODATA'));
    await expect(kvs.get('not.yet', { waitcreate: true, signal: end.signal })).rejects.toEqual(failsWith('ENODATA'));
    expect(await watchers()).toBe(0);
  });

  test('has its value when the key is made', async () => {
    const end = new AbortController();
    const waiting = kvs.getText('now', { waitcreate: true, signal: end.signal });
    expect(await watchers()).toBe(1);
    await kvs.put('now', 'made');
    expect(await waiting).toBe('made');
    expect(await watchers()).toBe(0);
  });
});

test('copies and moves may ask not to be merged with other transactions', async () => {
  await kvs.put('source', '1');
  const before = await kvs.version();
  await Promise.all(Array.from({ length: 10 }, (_, i) => kvs.copy('source', `copy.${i}`, kvs, { noMerge: true })));
  expect(await kvs.version()).toBe(before + 10);
  await Promise.all(Array.from({ length: 10 }, (_, i) => kvs.move(`copy.${i}`, `moved.${i}`, kvs, { noMerge: true })));
  expect(await kvs.version()).toBe(before + 30);
});

describe('an eventlog', () => {
  const names = (entries: DecodedEntry[]) => entries.map(({ name }) => name);
  const taken = async (entries: AsyncGenerator<DecodedEntry>, count: number) => {
    const seen: DecodedEntry[] = [];
    for await (const entry of entries) if (seen.push(entry) === count) break;
    return names(seen);
  };
  let log: KvsEventlog;
  let number = 0;
  beforeEach(() => {
    log = kvs.eventlog(`log${number++}`);
  });

  test('holds what was appended, in order, with times and contexts', async () => {
    await log.append({ name: 'first', timestamp: 1.5 });
    await log.append({ name: 'second', context: { a: 1 } });
    const [first, second] = await log.read();
    expect(first).toMatchObject({ timestamp: 1.5, name: 'first' });
    expect(second).toMatchObject({ name: 'second', context: { a: 1 } });
    expect(second!.timestamp).toBeGreaterThan(1e9);
    await expect(log.append({ name: '' })).rejects.toEqual(failsWith('EINVAL'));
  });

  test('is followed: what is there, then what comes, whatever its pieces', async () => {
    await log.append({ name: 'a' });
    const entries = taken(log.follow(), 4);
    await log.append({ name: 'b' });
    await kvs.append(log.key, '{"timestamp":1.0,"na');
    await kvs.append(log.key, 'me":"c"}\n{"timestamp":2.0,"name":"d"}\n');
    expect(await entries).toEqual(['a', 'b', 'c', 'd']);
  });

  test('that does not exist is ENOENT, unless it is waited for', async () => {
    await expect(log.read()).rejects.toEqual(failsWith('ENOENT'));
    await expect(taken(log.follow(), 1)).rejects.toEqual(failsWith('ENOENT'));
    const made = taken(log.follow({ waitcreate: true }), 1);
    await log.append({ name: 'made' });
    expect(await made).toEqual(['made']);
  });

  test('is waited on for an event, which may be there, come, or stay away', async () => {
    await log.append({ name: 'here' });
    expect(await log.waitEvent('here')).toMatchObject({ name: 'here' });
    const coming = log.waitEvent('coming');
    await log.append({ name: 'other' });
    await log.append({ name: 'coming', context: { n: 1 } });
    expect(await coming).toMatchObject({ context: { n: 1 } });
    await expect(log.waitEvent('never', { timeout: 10 })).rejects.toEqual(failsWith('ETIMEDOUT'));
    const gone = log.waitEvent('never');
    await kvs.unlink(log.key);
    await expect(gone).rejects.toEqual(failsWith('ENOENT'));
  });

  test('that holds no eventlog is EINVAL', async () => {
    await kvs.put(log.key, 'hello\n');
    await expect(log.read()).rejects.toEqual(failsWith('EINVAL'));
    await expect(taken(log.follow(), 1)).rejects.toEqual(failsWith('EINVAL'));
  });
});

test('FLUX_KVS_NAMESPACE names the namespace of programs, even if it is empty', () => {
  expect(kvsNamespaceFrom({})).toBe('primary');
  expect(kvsNamespaceFrom({ FLUX_KVS_NAMESPACE: 'mine' })).toBe('mine');
  expect(kvsNamespaceFrom({ FLUX_KVS_NAMESPACE: '' })).toBe('');
});

test('a commit or fence that was relayed without wanting a response fails by the error event, which its rank waits for', async () => {
  let told: (payload: unknown) => void = () => {};
  const failed = new Promise((resolve) => {
    told = resolve;
  });
  const unsubscribe = await kvs.flux.subscribe('kvs.namespace-nowhere-error', (event) => told(event.json()));
  const ops = [{ key: 'a', flags: 0, dirent: createVal('x') }];
  kvs.flux.notify('kvs.relaycommit', { ops, name: 'treq.9.1', namespace: 'nowhere', flags: 0 });
  expect(await failed).toEqual({ namespace: 'nowhere', names: ['treq.9.1'], errnum: 95 });
  await unsubscribe();
});
