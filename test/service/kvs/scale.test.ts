import type { Kvs } from '../../../core';
import type { TestInstance } from '../../../core/testing';
import { commitFenceAndWatch } from './concurrent';
import { appendAndWatch } from './eventlog';
import { kvsInstance, kvsOnEachRank } from './instance';

test(
  'eight ranks that commit, fence and watch each other for ten seconds end with one root, and no watch missed a change',
  () => commitFenceAndWatch(10, 64),
  180_000,
);

describe('an instance of two', () => {
  let instance: TestInstance;
  let kvs: Kvs;
  let far: Kvs;
  beforeAll(async () => {
    instance = await kvsInstance({ size: 2 });
    [kvs, far] = (await kvsOnEachRank(instance)) as [Kvs, Kvs];
  });
  afterAll(() => instance.stop());

  test('takes a key of 10 MB, and gives it to another rank', async () => {
    const big = Buffer.alloc(10_000_000, 'big value ');
    const { rootseq } = await kvs.put('big', big);
    await far.waitVersion(rootseq);
    expect((await far.get('big')).equals(big)).toBe(true);
  });

  test('takes 100,000 keys in one directory, some of them changed one by one', async () => {
    const name = (i: number) => `k${(i * 7919) % 100_000}`;
    for (let part = 0; part < 10; part++) {
      const txn = kvs.transaction();
      for (let i = 0; i < 10_000; i++) txn.put(`wide.${name(10_000 * part + i)}`, String(i));
      await kvs.commit(txn);
    }
    for (let i = 0; i < 50; i++) await far.put(`wide.${name(i * 1999)}`, 'changed');
    await far.unlink('wide.k0');
    const { data } = await far.readdir('wide');
    expect(Object.keys(data)).toHaveLength(99_999);
    expect(await far.getText(`wide.${name(1999)}`)).toBe('changed');
    // A large directory of a root that is not the newest can be read too, on any rank.
    const at = (await kvs.snapshot()).root;
    await kvs.put('wide.k0', 'again');
    expect(Object.keys((await far.readdir('wide', { at })).data)).toHaveLength(99_999);
  });

  test('takes directories 1,000 deep', async () => {
    const path = Array.from({ length: 1000 }, (_, i) => `d${i}`).join('.');
    const { rootseq } = await kvs.put(`${path}.key`, 'bottom');
    await far.waitVersion(rootseq);
    expect(await far.getText(`${path}.key`)).toBe('bottom');
    await far.unlink('d0');
    await expect(far.get(`${path}.key`)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('takes 10,000 watchers of one key, and shows each of them every change', async () => {
    const { rootseq } = await kvs.put('watched', '0');
    await far.waitVersion(rootseq);
    const watches = Array.from({ length: 10_000 }, () => far.watch('watched'));
    const next = () => Promise.all(watches.map((watch) => watch.next()));
    const texts = async () => new Set((await next()).map(({ value }) => value.text)); // one expect() for all: it is slow
    expect(await texts()).toEqual(new Set(['0']));
    for (let i = 1; i <= 3; i++) await kvs.put('watched', String(i));
    for (let i = 1; i <= 3; i++) expect(await texts()).toEqual(new Set([String(i)]));
    for (const watch of watches) watch.cancel();
    expect(new Set((await next()).map(({ done }) => done))).toEqual(new Set([true]));
    expect(await far.flux.rpc('kvs-watch.stats.get')).toMatchObject({ watchers: 0 });
  });

  test('takes an eventlog of 3,000 entries, and brings a watcher what is appended', () => appendAndWatch(kvs, far, 3000));
});
