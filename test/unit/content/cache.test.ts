import { blobrefOf, FluxError } from '../../../core';
import { BlobCache } from '../../../plugins/content/blob-cache';
import { ContentStore, type Upstream } from '../../../plugins/content/store';

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

  test('a load is kept', async () => {
    parent.blobs.set(blobrefOf('x'), blob('x'));
    const loaded = store.load(blobrefOf('x'));
    await parent.answer();
    expect(await loaded).toEqual(blob('x'));
    expect(await store.load(blobrefOf('x'))).toEqual(blob('x'));
    expect(parent.calls).toHaveLength(1);
  });
});
