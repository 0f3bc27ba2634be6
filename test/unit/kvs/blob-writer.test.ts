import { blobrefOf, FluxError, type Treeobj } from '../../../core';
import { type createDirref, createVal } from '../../../core/internal';
import { BlobWriter } from '../../../plugins/kvs/leader/blob-writer';
import { buildTree } from '../../../plugins/kvs/leader/tree-builder';
import { ObjectCache } from '../../../plugins/kvs/object-cache';
import { Directory } from '../../../plugins/kvs/tree/directory';

/** A content store that answers when told, and a tree that is written to it. */
class Fixture {
  readonly stored = new Map<string, Buffer>();
  readonly failures: string[] = [];
  refuse = false;
  /** Stores are answered when this resolves. */
  gate: Promise<void> | undefined;
  readonly cache: ObjectCache;
  readonly writer: BlobWriter;
  root: string;

  constructor() {
    const load = async (ref: string) => {
      const blob = this.stored.get(ref) ?? this.writer.lend(ref);
      if (!blob) throw new FluxError('ENOENT');
      return blob;
    };
    this.cache = new ObjectCache({ load }, 'sha1', () => performance.now());
    this.writer = new BlobWriter({
      cache: this.cache,
      content: { store: (blob) => this.#store(blob) },
      blobSizeLimit: 1_000_000,
      onFailure: ({ code }) => this.failures.push(code),
    });
    this.cache.atHand = (ref) => this.writer.directory(ref);
    this.root = blobrefOf(Directory.empty.encode());
    this.stored.set(this.root, Directory.empty.encode());
  }

  async #store(blob: Buffer): Promise<string> {
    await this.gate;
    if (this.refuse) throw new FluxError('ENOSPC');
    this.stored.set(blobrefOf(blob), blob);
    return blobrefOf(blob);
  }

  /** Puts values under keys, null removes; the new root. */
  async commit(values: Record<string, string | Treeobj | null>): Promise<string> {
    const ops = Object.entries(values).map(([key, value]) => ({
      key,
      flags: 0,
      dirent: typeof value === 'string' ? createVal(value) : value,
    }));
    const tree = await buildTree(this.root, ops, { cache: this.cache, namespace: 'primary' });
    this.writer.add(tree);
    this.root = tree.rootref;
    return this.root;
  }

  /** Makes directory `wide` a large one. */
  wide(): Promise<string> {
    return this.commit(Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`wide.k${i}`, `value ${i}`])));
  }

  /** What stands in the tree of a root in the content store, read without anything else. */
  async read(root: string, key: string): Promise<Treeobj | undefined> {
    let directory = Directory.decode(this.stored.get(root)!);
    const path = key.split('.');
    for (const name of path.slice(0, -1)) {
      const entry = directory.get(name) as ReturnType<typeof createDirref>;
      directory = Directory.decode(this.stored.get(entry.data[0]!)!);
    }
    return directory.get(path.at(-1)!) as Treeobj | undefined;
  }
}

const turn = () => new Promise(setImmediate);

test('values are stored at once, directories when they are saved', async () => {
  const f = new Fixture();
  const value = Buffer.from('x'.repeat(100));
  const small = await f.commit({ 'a.b': value.toString() });
  await turn();
  expect([...f.stored.values()]).toEqual([Directory.empty.encode(), value]);
  await f.writer.save(small);
  expect(await f.read(small, 'a.b')).toMatchObject({ type: 'valref' });
  const large = await f.wide();
  await turn();
  expect(f.stored.has(large)).toBe(false);
  await f.writer.save(large);
  expect(await f.read(large, 'wide.k999')).toEqual(createVal('value 999'));
  expect(f.writer.count([large])).toBe(0);
});

test('of many commits into a large directory one version is stored, and every other is still there to be read', async () => {
  const f = new Fixture();
  await f.wide();
  const roots: string[] = [];
  for (let i = 0; i < 300; i++)
    roots.push(await f.commit({ [`wide.k${(i * 37) % 1000}`]: `changed ${i}`, [`wide.n${i}`]: 'new', [`wide.k${i}x`]: null }));
  await f.writer.save(f.root);
  const large = [...f.stored.values()].filter(({ length }) => length > 10_000);
  expect(large).toHaveLength(1);
  for (const i of [0, 1, 150, 298, 299]) {
    const root = await f.cache.directory(roots[i]!);
    const wide = await f.cache.directory((root.get('wide') as ReturnType<typeof createDirref>).data[0]!);
    expect(wide.get(`k${(i * 37) % 1000}`)).toEqual(createVal(`changed ${i}`));
    expect(wide.get(`n${i}`)).toEqual(createVal('new'));
    expect(wide.get(`n${i + 1}`)).toBeUndefined();
    // Its bytes are those of its reference.
    const ref = (root.get('wide') as ReturnType<typeof createDirref>).data[0]!;
    const blob = f.stored.get(ref) ?? f.writer.lend(ref)!;
    expect(blobrefOf(blob)).toBe(ref);
  }
});

test('a root that comes again, back and forth, stays whole', async () => {
  const f = new Fixture();
  const first = await f.wide();
  for (let i = 0; i < 5; i++) {
    await f.commit({ 'wide.k1': 'other' });
    expect(await f.commit({ 'wide.k1': 'value 1' })).toBe(first);
  }
  await f.writer.save(first);
  expect(await f.read(first, 'wide.k1')).toEqual(createVal('value 1'));
});

test('a directory that is exposed is stored, with what is below it', async () => {
  const f = new Fixture();
  await f.wide();
  const told = await f.commit({ 'wide.k5': 'told', other: 'x' });
  f.writer.expose(told);
  await f.commit({ 'wide.k5': 'later' });
  await turn();
  expect(await f.read(told, 'wide.k5')).toEqual(createVal('told'));
});

test('what a large directory waits for goes with it, though a later commit touched only what is beside it', async () => {
  const f = new Fixture();
  await f.wide();
  const root = await f.commit({ 'beside.x': '1' });
  await f.writer.save(root);
  expect(await f.read(root, 'wide.k0')).toEqual(createVal('value 0'));
});

test('what is not stored yet below a reference can be carried along, unless it is much', async () => {
  const f = new Fixture();
  let open = () => {};
  f.gate = new Promise((resolve) => {
    open = resolve;
  });
  await f.commit({ 'job.log': 'x'.repeat(100), 'job.deep.er': 'y'.repeat(100) });
  const job = ((await f.cache.directory(f.root)).get('job') as ReturnType<typeof createDirref>).data;
  const carried = f.writer.unsavedBelow(job)!;
  expect(carried).toHaveLength(4); // two directories, two values
  expect(carried.map((blob) => blobrefOf(blob))).toContain(job[0]);
  open();
  await f.writer.save(f.root);
  expect(f.writer.unsavedBelow(job)).toEqual([]);
  const again = new Fixture();
  again.writer.addBlobs(carried);
  await again.writer.save(f.root);
  expect(Directory.decode(again.stored.get(job[0]!)!).get('log')).toMatchObject({ type: 'valref' });
  f.gate = new Promise(() => {});
  const big = await f.commit({ a: 'z'.repeat(200_000), b: 'w'.repeat(200_000) });
  expect(f.writer.unsavedBelow([big])).toBeUndefined();
});

test('a store that fails keeps save from succeeding, until it succeeds itself', async () => {
  const f = new Fixture();
  f.refuse = true;
  const root = await f.commit({ a: 'x'.repeat(100) });
  await turn();
  expect(f.failures).toEqual(['ENOSPC']); // the value; the directory waits
  await expect(f.writer.save(root)).rejects.toEqual(expect.objectContaining({ code: 'ENOSPC' }));
  f.refuse = false;
  await f.writer.save(root);
  expect(await f.read(root, 'a')).toMatchObject({ type: 'valref' });
});

test('a transaction that fails with its blobs takes nothing with it that others have', async () => {
  const f = new Fixture();
  await f.wide();
  f.refuse = true;
  const tree = await buildTree(
    f.root,
    [
      { key: 'wide.none', flags: 0, dirent: null }, // changes nothing in a directory that is not stored yet
      { key: 'beside.a', flags: 0, dirent: createVal('x'.repeat(100)) },
      { key: 'beside.b', flags: 0, dirent: createVal('y'.repeat(100)) },
    ],
    { cache: f.cache, namespace: 'primary' },
  );
  f.writer.add(tree);
  await expect(f.writer.stored(tree)).rejects.toEqual(expect.objectContaining({ code: 'ENOSPC' }));
  f.refuse = false;
  await f.writer.save(f.root);
  expect(await f.read(f.root, 'wide.k0')).toEqual(createVal('value 0'));
  for (const letter of 'xy') expect([...f.stored.values()].map(String)).not.toContain(letter.repeat(100));

  f.writer.add(tree); // the same again, which succeeds
  await f.writer.stored(tree);
  await f.writer.save(tree.rootref);
  expect(await f.read(tree.rootref, 'beside.a')).toMatchObject({ type: 'valref' });
  for (const letter of 'xy') expect([...f.stored.values()].map(String)).toContain(letter.repeat(100));
});

test('a blob beyond the limit is EFBIG, and nothing is sent', async () => {
  const f = new Fixture();
  const before = f.stored.size;
  await expect(f.commit({ a: 'x'.repeat(1_000_001), b: 'y'.repeat(100) })).rejects.toEqual(expect.objectContaining({ code: 'EFBIG' }));
  expect(f.stored.size).toBe(before);
});
