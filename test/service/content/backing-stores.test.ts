import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { blobrefOf, Content } from '../../../core';
import { type TestInstance, type TestInstanceOptions, testInstance } from '../../../core/testing';
import { logLine } from '../../support/log-lines';
import { type S3Server, startS3Server } from '../../support/s3-server';

const failsWith = (code: string, text?: string) => expect.objectContaining({ code, ...(text === undefined ? {} : { text }) });
const UNKNOWN = blobrefOf('nobody has this');

let scratch: string;
let server: S3Server;
beforeAll(async () => {
  scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-test-'));
  server = await startS3Server(path.join(scratch, 's3'));
  fs.writeFileSync(path.join(scratch, 'credentials'), server.credentials);
});
afterAll(async () => {
  await server.close();
  fs.rmSync(scratch, { recursive: true });
});

const s3Config = () => ({ 'content-s3': { 'credential-file': path.join(scratch, 'credentials'), bucket: 'blobs', uri: server.uri } });

/** Does something with an instance whose rank 0 has a backing store. */
async function withStore<T>(
  module: string,
  use: (instance: TestInstance) => Promise<T>,
  { args = [], ...options }: TestInstanceOptions & { args?: string[] } = {},
): Promise<T> {
  const instance = await testInstance({ config: s3Config(), ...options, modules: ['content'] });
  try {
    await instance.load(0, module, args);
    return await use(instance);
  } finally {
    await instance.stop();
  }
}

describe.each(['content-sqlite', 'content-files', 'content-s3'])('%s', (module) => {
  let instance: TestInstance;
  let backing: Content;
  beforeAll(async () => {
    instance = await testInstance({ size: 2, config: s3Config(), modules: ['content'] });
    await instance.load(0, module);
    backing = new Content(instance.flux, { bypassCache: true });
  });
  afterAll(() => instance.stop());

  test('keeps blobs of every length, from every rank', async () => {
    const content = new Content(await instance.open(1));
    for (const length of [0, 1, 255, 256, 70_000, 3_000_000]) {
      const blob = randomBytes(length);
      const ref = await content.store(blob);
      await new Content(instance.flux).flush();
      for (const cache of [content, new Content(instance.flux)]) await cache.dropcache();
      expect((await content.load(ref)).equals(blob)).toBe(true);
      expect((await backing.load(ref)).equals(blob)).toBe(true);
    }
  });

  test('stores the same blob twice, and many at a time', async () => {
    const blobs = Array.from({ length: 50 }, (_, i) => Buffer.from(`blob ${i}`));
    const refs = await Promise.all([...blobs, ...blobs].map((blob) => backing.store(blob)));
    expect(refs).toEqual([...blobs, ...blobs].map((blob) => blobrefOf(blob)));
    for (const [i, ref] of refs.entries()) expect((await backing.load(ref)).toString()).toBe(`blob ${i % 50}`);
  });

  test('has no unknown blob, and takes no request that is no blobref', async () => {
    await expect(backing.load(UNKNOWN)).rejects.toEqual(failsWith('ENOENT'));
    const load = (payload?: string | Buffer) => instance.flux.rpcMessage('content-backing.load', payload, { nodeid: 0 });
    await expect(load()).rejects.toEqual(failsWith('EPROTO'));
    await expect(load(Buffer.from(UNKNOWN))).rejects.toEqual(failsWith('EPROTO'));
    await expect(load('sha1-1')).rejects.toEqual(
      module === 'content-sqlite' ? failsWith('ENOENT') : failsWith('EPROTO', 'invalid blobref'),
    );
  });

  test('keeps checkpoints under their keys', async () => {
    const call = (method: string, payload: object) => instance.flux.rpc(`kvs-checkpoint.${method}`, payload, { nodeid: 0 });
    await expect(call('get', { key: 'none' })).rejects.toEqual(failsWith('ENOENT'));
    await expect(call('get', {})).rejects.toEqual(failsWith('EPROTO'));
    await expect(call('put', { key: 'a', value: 1 })).rejects.toEqual(failsWith('EPROTO'));
    await expect(call('put', { key: '', value: 'x' })).rejects.toEqual(failsWith('EINVAL'));
    for (const value of ['sha1-1234', 'shorter', '', 'ü']) {
      expect(await call('put', { key: 'kvs-primary', value })).toEqual({});
      expect(await call('get', { key: 'kvs-primary' })).toEqual({ value });
    }
  });

  test('is for the owner', async () => {
    const guest = { userid: 12345, rolemask: 2, nodeid: 0 };
    for (const topic of ['content-backing.load', 'content-backing.store', 'kvs-checkpoint.get', 'kvs-checkpoint.put'])
      await expect(instance.flux.rpc(topic, {}, guest)).rejects.toEqual(failsWith('EPERM', 'Request requires owner credentals'));
  });

  test('serves rank 0 alone, and no other backing store is loaded beside it', async () => {
    await expect(instance.flux.rpc('kvs-checkpoint.get', { key: 'a' }, { nodeid: 1 })).rejects.toEqual(
      failsWith('ENOSYS', 'No service matching kvs-checkpoint.get is registered'),
    );
    for (const other of ['content-sqlite', 'content-files'].filter((name) => name !== module))
      await expect(instance.load(0, other)).rejects.toEqual(failsWith('EBUSY', 'content backing store is already active'));
    expect(instance.brokers[0]!.modules.list().map(({ name }) => name)).toEqual([module]);
  });

  test('lists its services', () => {
    const { services } = instance.brokers[0]!.modules.list().find(({ name }) => name === module)!;
    expect(services.sort()).toEqual(['content-backing', module, 'kvs-checkpoint'].sort());
  });

  test('can be removed, which is told, and loaded again, but no other in its place', async () => {
    const { modules } = instance.brokers[0]!;
    const ref = await backing.store(Buffer.from('from before'));
    await modules.remove(module);
    await logLine(instance.flux, 'content backing store: disabled');
    await expect(backing.load(ref)).rejects.toEqual(failsWith('ENOSYS'));
    await expect(new Content(instance.flux).load(blobrefOf('not cached'))).rejects.toEqual(failsWith('ENOENT'));
    const other = module === 'content-files' ? 'content-sqlite' : 'content-files';
    await expect(modules.load(other)).rejects.toEqual(failsWith('EINVAL', 'content backing store cannot be changed on the fly'));
    await modules.load(module);
    expect((await backing.load(ref)).toString()).toBe('from before');
    await logLine(instance.flux, `content backing store: enabled ${module}`);
  });

  test('refuses options that it does not have', async () => {
    await expect(withStore(module, async () => {}, { args: ['frobnicate'] })).rejects.toEqual(failsWith('EINVAL'));
  });
});

describe('content.durability', () => {
  test.each([
    ['content-sqlite', undefined, 'process'],
    ['content-sqlite', 'process', 'process'],
    ['content-sqlite', 'power', 'power'],
    ['content-sqlite', 'none', 'none'],
    ['content-files', undefined, 'none'],
    ['content-s3', undefined, 'none'],
  ])('with %s, asked for as %p, is %s', async (module, wanted, effective) => {
    await withStore(module, async ({ flux }) => expect(await flux.getattr('content.durability')).toBe(effective), {
      attributes: wanted === undefined ? {} : { 'content.durability': wanted },
    });
  });

  test.each(['process', 'power'])('%s is more than content-files can give, which says so', async (wanted) => {
    const attributes = { 'content.durability': wanted };
    await withStore(
      'content-files',
      async (instance) => {
        expect(await instance.flux.getattr('content.durability')).toBe('none');
        await logLine(
          instance.flux,
          `content.durability is none with content-files, not ${wanted}: stores are acknowledged before they are written`,
        );
      },
      { attributes },
    );
  });

  test('is not set as long as there is no backing store, unless it was asked for', async () => {
    const instance = await testInstance({ modules: ['content'] });
    await expect(instance.flux.getattr('content.durability')).rejects.toEqual(failsWith('ENOENT'));
    await instance.stop();
  });

  test('does not change once it is settled, nor to what it can not be', async () => {
    await withStore('content-sqlite', async ({ flux }) => {
      await expect(flux.setattr('content.durability', 'none')).rejects.toEqual(failsWith('EPERM', 'content.durability is process already'));
      await flux.setattr('content.durability', 'process');
    });
    await expect(testInstance({ attributes: { 'content.durability': 'forever' } })).rejects.toEqual(
      failsWith('EINVAL', 'content.durability: expected process, power, none, got "forever"'),
    );
  });

  test.each(['process', 'power'])('%s: a store is answered when the blob is in the backing store', async (durability) => {
    await withStore(
      'content-sqlite',
      async ({ flux }) => {
        const content = new Content(flux);
        const refs = await Promise.all(Array.from({ length: 100 }, () => content.store(randomBytes(300))));
        expect(await content.stats()).toMatchObject({ dirty: 0, 'flush-batch-count': 0 });
        const backing = new Content(flux, { bypassCache: true });
        for (const ref of refs) expect(blobrefOf(await backing.load(ref))).toBe(ref);
      },
      { attributes: { 'content.durability': durability } },
    );
  });
});
