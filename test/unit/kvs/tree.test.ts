import type { Treeobj } from '../../../core';
import { createSymlink } from '../../../core/formats/treeobj';
import { createDirref, createVal, createValref, valBytes } from '../../../core/internal';
import { Directory } from '../../../plugins/kvs/tree/directory';
import { MemoryStore } from './memory-store';

const failsWith = (code: string) => expect.objectContaining({ name: 'FluxError', code });
const put = (key: string, dirent: Treeobj | null | string, flags = 0) => ({
  key,
  flags,
  dirent: typeof dirent === 'string' ? createVal(dirent) : dirent,
});

let store: MemoryStore;
beforeEach(() => {
  store = new MemoryStore('sha1');
  const empty = store.store(Directory.empty.encode());
  for (const namespace of ['primary', 'other']) store.roots.set(namespace, empty);
});
const commit = (...ops: unknown[]) => store.commit('primary', ops);
const text = async (key: string) => {
  const found = await store.lookup('primary', key);
  return found?.type === 'val' ? valBytes(found).toString() : found;
};

describe('transactions', () => {
  test('a loop of symlinks on the way of a put is ELOOP', async () => {
    await commit(put('a', createSymlink('b')), put('b', createSymlink('a')));
    await expect(commit(put('a.x', '1'))).rejects.toEqual(failsWith('ELOOP'));
  });

  test.each([
    ['a member too many', { key: 'a', flags: 0, dirent: null, more: 1 }, 'EPROTO'],
    ['no dirent', { key: 'a', flags: 0, other: null }, 'EPROTO'],
    ['a flag of another type', { key: 'a', flags: '0', dirent: null }, 'EPROTO'],
    ['a dirent that is a string', { key: 'a', flags: 0, dirent: 'x' }, 'EINVAL'],
    ['no object', 'x', 'EPROTO'],
  ])('an operation with %s is refused', async (_, op, code) => {
    await expect(commit(op)).rejects.toEqual(failsWith(code));
  });

  test('base64 that does not decode is noticed only when the value becomes a blob', async () => {
    const bad = (length: number): Treeobj => ({ ver: 1, type: 'val', data: '!'.repeat(length) });
    await commit(put('short', bad(4)));
    await expect(commit(put('long', bad(76)))).rejects.toEqual(failsWith('EPROTO'));
    await expect(commit(put('short', 'x', 32))).rejects.toEqual(failsWith('EPROTO'));
  });

  test('a path through a blob that is no directory is ENOTRECOVERABLE, through one that is missing ENOENT', async () => {
    const noDirectory = store.store(Buffer.from('hello'));
    await commit(
      put('broken', createDirref(noDirectory)),
      put('two', { ver: 1, type: 'dirref', data: [noDirectory, noDirectory] }),
      put('missing', createDirref(`sha1-${'0'.repeat(40)}`)),
    );
    for (const [key, code] of [
      ['broken', 'ENOTRECOVERABLE'],
      ['two', 'ENOTRECOVERABLE'],
      ['missing', 'ENOENT'],
    ]) {
      await expect(commit(put(`${key}.x`, '1'))).rejects.toEqual(failsWith(code!));
      await expect(store.lookup('primary', `${key}.x`)).rejects.toEqual(failsWith(code!));
    }
  });

  test('touching a directory brings what a client stored in it in place into its stored form', async () => {
    const stored = store.store(
      Buffer.from(JSON.stringify({ ver: 1, type: 'dir', data: { l: createVal('x'.repeat(99)), d: { ver: 1, type: 'dir', data: {} } } })),
    );
    await commit(put('d', createDirref(stored)));
    await commit(put('d.new', '1'));
    expect((await store.lookup('primary', 'd.l', 16))?.type).toBe('valref');
    expect((await store.lookup('primary', 'd.d', 16))?.type).toBe('dirref');
  });

  test('the key of no characters is a name', async () => {
    await commit(put('', 'nameless'));
    expect(await text('')).toBe('nameless');
  });
});

describe('lookups', () => {
  test('a chain of ten symlinks resolves, eleven are ELOOP', async () => {
    await commit(put('l0', 'end'), ...Array.from({ length: 11 }, (_, i) => put(`l${i + 1}`, createSymlink(`l${i}`))));
    expect(await text('l10')).toBe('end');
    await expect(store.lookup('primary', 'l11')).rejects.toEqual(failsWith('ELOOP'));
  });

  test('a symlink into another namespace goes on there, and links that it meets there too', async () => {
    await commit(put('far', createSymlink('near', 'other')), put('x', 'here'), put('gone', createSymlink('x', 'nowhere')));
    await store.commit('other', [put('x', 'there'), put('near', createSymlink('x'))]);
    expect(await text('far')).toBe('there');
    await expect(store.lookup('primary', 'gone')).rejects.toEqual(failsWith('ENOTSUP'));
  });

  test('the target of a symlink is taken as it is', async () => {
    await commit(put('d.x', '1'), put('a', createSymlink('d..x')), put('b', createSymlink('.d')), put('c', createSymlink('d')));
    expect(await text('a')).toBeUndefined();
    expect(await text('b.x')).toBeUndefined();
    expect(await text('c.x')).toBe('1');
  });

  test('a root that is no directory is EINVAL, a value with a missing blob ENOENT', async () => {
    store.roots.set('odd', store.store(Buffer.from('no tree object')));
    await expect(store.lookup('odd', 'a')).rejects.toEqual(failsWith('EINVAL'));
    store.roots.set('malformed', 'sha1-x');
    await expect(store.lookup('malformed', 'a')).rejects.toEqual(failsWith('EINVAL'));
    await commit(put('v', createValref(`sha1-${'0'.repeat(40)}`)));
    await expect(store.lookup('primary', 'v')).rejects.toEqual(failsWith('ENOENT'));
  });
});
