import { blobrefOf, FluxError } from '../../../core';
import { BlobCache } from '../../../plugins/content/blob-cache';
import { ContentStore } from '../../../plugins/content/store';
import type { Upstream } from '../../../plugins/content/upstream';

const settings = { hash: 'sha1', blobSizeLimit: 1000, flushBatchLimit: 2, purgeTargetSize: 0, purgeOldEntry: 10 } as const;
const failsWith = (code: string) => expect.objectContaining({ name: 'FluxError', code });
const blob = (text: string) => Buffer.from(text);

let now: number;
let cache: BlobCache;
beforeEach(() => {
  now = 0;
  cache = new BlobCache(() => now);
});

/** A parent or backing store whose answers are given by hand. */
class HeldUpstream implements Upstream {
  readonly blobs = new Map<string, Buffer>();
  readonly waiting: (() => void)[] = [];
  readonly calls: string[] = [];
  failure: FluxError | undefined;

  async load(ref: string): Promise<Buffer> {
    await this.#turn(`load ${ref}`);
    const found = this.blobs.get(ref);
    if (!found) throw new FluxError('ENOENT');
    return found;
  }
  async store(bytes: Buffer): Promise<string> {
    await this.#turn(`store ${bytes}`);
    if (this.failure) throw this.failure;
    this.blobs.set(blobrefOf(bytes), bytes);
    return blobrefOf(bytes);
  }
  async answer(count = this.waiting.length): Promise<void> {
    for (const go of this.waiting.splice(0, count)) go();
    await new Promise(setImmediate);
  }
  #turn(call: string): Promise<void> {
    this.calls.push(call);
    return new Promise((go) => void this.waiting.push(go));
  }
}

describe('the cache', () => {
  test('purges clean entries that were not used for a while, the oldest first, down to the target size', () => {
    for (const [i, text] of ['aaaa', 'bbbb', 'cccc', 'dddd'].entries()) {
      now = i * 1000;
      cache.add(`ref${text[0]}`, blob(text), text === 'bbbb');
    }
    now = 11_000;
    cache.get('refa');
    cache.purge(8, 9);
    expect(['refa', 'refb', 'refc', 'refd'].map((ref) => cache.get(ref) !== undefined)).toEqual([true, true, false, true]);
    expect(cache.stats).toEqual({ count: 3, valid: 3, dirty: 1, size: 12 });
  });

  test('drops every clean entry at once', () => {
    cache.add('a', blob('aaaa'), false);
    cache.clean(cache.add('b', blob('bb'), true));
    cache.add('c', blob('c'), true);
    expect(cache.drop()).toBe(2);
    expect(cache.stats).toEqual({ count: 1, valid: 1, dirty: 1, size: 1 });
  });
});

describe('on rank 0', () => {
  let backing: HeldUpstream;
  let store: ContentStore;
  let errors: FluxError[];
  beforeEach(() => {
    backing = new HeldUpstream();
    errors = [];
    store = new ContentStore({ cache, settings, onWriteError: (e) => errors.push(e) });
  });

  test('without a backing store blobs are kept, unknown ones are ENOENT, and a flush is ENOSYS', async () => {
    const ref = await store.store(blob('x'));
    expect(await store.load(ref)).toEqual(blob('x'));
    await expect(store.load(blobrefOf('y'))).rejects.toEqual(failsWith('ENOENT'));
    await expect(store.flush()).rejects.toEqual(failsWith('ENOSYS'));
    expect(cache.drop()).toBe(0);
  });

  test('a backing store gets what came before it, and what comes after, no more at a time than the limit', async () => {
    await store.store(blob('1'));
    await store.store(blob('2'));
    store.connect(backing, 'write-back');
    await store.store(blob('3'));
    expect(backing.calls).toEqual(['store 1', 'store 2']);
    expect(store.stats['flush-batch-count']).toBe(2);
    const flushed = store.flush();
    await backing.answer(1);
    expect(backing.calls).toEqual(['store 1', 'store 2', 'store 3']);
    await backing.answer();
    await flushed;
    expect(store.stats).toEqual({ count: 3, valid: 3, dirty: 0, size: 3, 'flush-batch-count': 0 });
  });

  test('concurrent loads share one request; a failed one is not remembered', async () => {
    store.connect(backing, 'write-back');
    const ref = blobrefOf('x');
    const both = Promise.allSettled([store.load(ref), store.load(ref)]);
    await backing.answer();
    expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    backing.blobs.set(ref, blob('x'));
    const again = store.load(ref);
    await backing.answer();
    expect(await again).toEqual(blob('x'));
    expect(backing.calls).toHaveLength(2);
  });

  test('a failed store leaves the blob here, tells the log, fails the flush, and is tried again by the next one', async () => {
    store.connect(backing, 'write-back');
    backing.failure = new FluxError('ENOSPC');
    const ref = await store.store(blob('x'));
    const flushed = store.flush();
    flushed.catch(() => {});
    await backing.answer();
    await expect(flushed).rejects.toEqual(failsWith('ENOSPC'));
    expect(errors).toEqual([failsWith('ENOSPC')]);
    expect(cache.drop()).toBe(0);
    backing.failure = undefined;
    const again = store.flush();
    await backing.answer();
    await again;
    expect(backing.blobs.has(ref)).toBe(true);
  });

  test('when the backing store goes away, what it does not have is counted', async () => {
    store.connect(backing, 'write-back');
    await store.store(blob('x'));
    expect(store.disconnect()).toBe(1);
  });

  test('written through, a store is answered when the backing store has the blob, or refuses it', async () => {
    store.connect(backing, 'write-through');
    const answered: string[] = [];
    const note = (name: string) => (store: Promise<string>) =>
      store.then(
        () => void answered.push(name),
        (e: FluxError) => void answered.push(`${name} ${e.code}`),
      );
    const first = note('1')(store.store(blob('1')));
    await backing.answer(0);
    expect(answered).toEqual([]);
    await backing.answer();
    await first;
    backing.failure = new FluxError('ENOSPC');
    const second = Promise.all([note('2')(store.store(blob('2'))), note('2 again')(store.store(blob('2')))]);
    await backing.answer();
    await second;
    backing.failure = undefined;
    const third = note('2 at last')(store.store(blob('2')));
    await backing.answer();
    await third;
    expect(answered).toEqual(['1', '2 ENOSPC', '2 again ENOSPC', '2 at last']);
    expect(backing.calls).toEqual(['store 1', 'store 2', 'store 2']);
  });

  test('of failures in a row the log hears of the first', async () => {
    store.connect(backing, 'write-back');
    const turn = async (text: string, failure?: FluxError) => {
      backing.failure = failure;
      await store.store(blob(text));
      await backing.answer();
    };
    for (const text of ['1', '2', '3']) await turn(text, new FluxError('ENOSPC'));
    await turn('4');
    await turn('5', new FluxError('EIO'));
    expect(errors).toEqual([failsWith('ENOSPC'), failsWith('EIO')]);
  });

  test('what was refused is written again when that is tried, but never what is too long', async () => {
    store.connect(backing, 'write-back');
    for (const [text, code] of [
      ['long', 'EFBIG'],
      ['x', 'ENOSPC'],
    ] as const) {
      backing.failure = new FluxError(code);
      await store.store(blob(text));
      await backing.answer();
    }
    backing.failure = undefined;
    store.retry();
    store.retry();
    await backing.answer();
    expect(backing.calls).toEqual(['store long', 'store x', 'store x']);
    expect(cache.stats.dirty).toBe(1);
  });

  test('a backing store that comes while the one before it still owes answers gets what that one refuses', async () => {
    store.connect(backing, 'write-back');
    backing.failure = new FluxError('ENOSYS');
    const ref = await store.store(blob('x'));
    store.disconnect();
    const next = new HeldUpstream();
    store.connect(next, 'write-back');
    const flushed = store.flush();
    await backing.answer();
    await next.answer();
    await flushed;
    expect(next.blobs.has(ref)).toBe(true);
    expect(errors).toEqual([]);
  });

  test('a flush waits for what is dirty when it begins, not for what comes later', async () => {
    store.connect(backing, 'write-back');
    await store.store(blob('1'));
    const flushed = store.flush();
    await store.store(blob('2'));
    await backing.answer(1);
    await flushed;
    expect(cache.stats.dirty).toBe(1);
    await backing.answer();
  });

  test('a load that finds nothing behind is answered with what was stored meanwhile; while it runs it counts as an entry', async () => {
    store.connect(backing, 'write-back');
    const loaded = store.load(blobrefOf('x'));
    expect(store.stats).toMatchObject({ count: 1, valid: 0 });
    await store.store(blob('x'));
    await backing.answer(1);
    expect(await loaded).toEqual(blob('x'));
    await backing.answer();
  });

  test('blobs beyond the limit are EFBIG', async () => {
    await expect(store.store(Buffer.alloc(1001))).rejects.toEqual(failsWith('EFBIG'));
  });
});

describe('on other ranks', () => {
  let parent: HeldUpstream;
  let store: ContentStore;
  beforeEach(() => {
    parent = new HeldUpstream();
    store = new ContentStore({ cache, settings });
    store.connect(parent, 'write-through');
  });

  test('a store is answered when the parent has answered, shared while it runs, and squashed afterwards', async () => {
    const both = Promise.all([store.store(blob('x')), store.store(blob('x'))]);
    expect(cache.stats.dirty).toBe(1);
    await parent.answer();
    expect(await both).toEqual([blobrefOf('x'), blobrefOf('x')]);
    expect(await store.store(blob('x'))).toBe(blobrefOf('x'));
    expect(parent.calls).toEqual(['store x']);
    expect(cache.stats.dirty).toBe(0);
  });

  test('a store that the parent refuses is an error for those who wait, and done again by the next', async () => {
    parent.failure = new FluxError('EFBIG');
    const refused = store.store(blob('x'));
    refused.catch(() => {});
    await parent.answer();
    await expect(refused).rejects.toEqual(failsWith('EFBIG'));
    parent.failure = undefined;
    const flushed = store.flush();
    await parent.answer();
    await flushed;
    expect(cache.stats.dirty).toBe(0);
  });

  test('a parent that has stored something else is EIO', async () => {
    store.connect({ load: parent.load, store: async () => blobrefOf('something else') }, 'write-through');
    await expect(store.store(blob('x'))).rejects.toEqual(failsWith('EIO'));
    expect(cache.stats.dirty).toBe(1);
  });

  test('a load is kept', async () => {
    parent.blobs.set(blobrefOf('x'), blob('x'));
    const loaded = store.load(blobrefOf('x'));
    await parent.answer();
    expect(await loaded).toEqual(blob('x'));
    expect(await store.load(blobrefOf('x'))).toEqual(blob('x'));
    expect(parent.calls).toHaveLength(1);
  });
});
