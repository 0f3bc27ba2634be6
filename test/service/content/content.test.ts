import { randomBytes } from 'node:crypto';
import { blobrefOf, Content, defineModule, type Flux } from '../../../core';
import { type TestInstance, testInstance } from '../../../core/testing';

const failsWith = (code: string, text?: string) => expect.objectContaining({ code, ...(text === undefined ? {} : { text }) });
const UNKNOWN = blobrefOf('nobody has this');

let instance: TestInstance;
let handles: Flux[];
let contents: Content[];
beforeAll(async () => {
  instance = await testInstance({ size: 3, modules: ['content'] });
  await instance.load(0, 'content-sqlite');
  handles = await Promise.all([0, 1, 2].map((rank) => instance.open(rank)));
  contents = handles.map((flux) => new Content(flux));
});
afterAll(() => instance.stop());

test.each([0, 1, 2])('what rank %i stores any rank can load, the backing store too', async (rank) => {
  for (const length of [0, 1, 300, 100_000]) {
    const blob = randomBytes(length);
    const ref = await contents[rank]!.store(blob);
    expect(ref).toBe(blobrefOf(blob));
    for (const content of contents) expect((await content.load(ref)).equals(blob)).toBe(true);
    await contents[0]!.flush();
    expect((await new Content(handles[rank]!, { bypassCache: true }).load(ref)).equals(blob)).toBe(true);
  }
});

test('it is a service of the broker: no module of that name is listed, can be removed, or has methods', async () => {
  const { mods } = await instance.flux.rpc<{ mods: { name: string }[] }>('broker.lsmod');
  expect(mods.map(({ name }) => name)).not.toContain('content');
  await expect(instance.flux.rpc('broker.rmmod', { name: 'content' })).rejects.toEqual(failsWith('ENOENT'));
  await expect(instance.flux.rpc('broker.insmod', { path: 'content', args: [] })).rejects.toEqual(failsWith('EEXIST'));
  for (const method of ['ping', 'rusage', 'debug', 'stats.clear', 'shutdown', 'config-reload'])
    await expect(instance.flux.rpc(`content.${method}`, {})).rejects.toEqual(failsWith('ENOSYS', 'Unknown service method'));
});

test('a blob that ends in any byte is stored', async () => {
  const ref = await contents[1]!.store(Buffer.from('no NUL'));
  expect((await contents[2]!.load(ref)).toString()).toBe('no NUL');
});

test('after dropcache everything is loaded again', async () => {
  const ref = await contents[2]!.store(Buffer.from('dropped'));
  await contents[0]!.flush();
  for (const content of contents) {
    await content.dropcache();
    expect(await content.stats()).toEqual({ count: 0, valid: 0, dirty: 0, size: 0, 'flush-batch-count': 0 });
  }
  expect((await contents[2]!.load(ref)).toString()).toBe('dropped');
  expect((await contents[0]!.stats()).count).toBe(1);
});

test.each([0, 2])('an unknown blob is ENOENT on rank %i', async (rank) => {
  await expect(contents[rank]!.load(UNKNOWN)).rejects.toEqual(failsWith('ENOENT'));
});

test('malformed requests are refused', async () => {
  const flux = handles[1]!;
  await expect(flux.rpc('content.load')).rejects.toEqual(failsWith('EPROTO'));
  await expect(flux.rpcMessage('content.load', Buffer.from(UNKNOWN))).rejects.toEqual(failsWith('EPROTO'));
  await expect(flux.rpcMessage('content.load', UNKNOWN.toUpperCase())).rejects.toEqual(failsWith('EINVAL'));
  await expect(flux.rpc('content.register-backing', {})).rejects.toEqual(failsWith('EPROTO'));
  await expect(flux.rpc('content.nothing')).rejects.toEqual(failsWith('ENOSYS', 'Unknown service method'));
  for (const method of ['ping', 'stats.clear', 'rusage', 'debug'])
    await expect(flux.rpc(`content.${method}`, { seq: 1 })).rejects.toEqual(failsWith('ENOSYS', 'Unknown service method'));
});

test('guests may load and store, but not flush', async () => {
  const guest = { userid: 12345, rolemask: 2 };
  const flux = handles[0]!;
  const { bytes } = await flux.rpcMessage('content.store', Buffer.from('guest'), guest);
  expect((await flux.rpcMessage('content.load', bytes, guest)).bytes.toString()).toBe('guest');
  await expect(flux.rpc('content.flush', {}, guest)).rejects.toEqual(failsWith('EPERM'));
  await expect(flux.rpcMessage('content-backing.load', bytes, { ...guest, nodeid: 0 })).rejects.toEqual(failsWith('EPERM'));
});

test('the backing store is registered on rank 0, once, and by one name only', async () => {
  const register = (rank: number, name: string) => handles[rank]!.rpc('content.register-backing', { name });
  await expect(register(1, 'x')).rejects.toEqual(failsWith('EINVAL', 'content backing store can only be registered on rank 0'));
  await expect(register(0, 'content-sqlite')).rejects.toEqual(failsWith('EBUSY', 'content backing store is already active'));
  await handles[0]!.rpc('content.unregister-backing');
  await expect(handles[0]!.rpc('content.unregister-backing')).rejects.toEqual(failsWith('EINVAL', 'content backing store is not active'));
  await expect(register(0, 'other')).rejects.toEqual(failsWith('EINVAL', 'content backing store cannot be changed on the fly'));
  const ref = await contents[1]!.store(Buffer.from('while there was none'));
  expect((await contents[0]!.stats()).dirty).toBe(1);
  await expect(contents[0]!.flush()).rejects.toEqual(failsWith('ENOSYS'));
  await register(0, 'content-sqlite');
  await contents[0]!.flush();
  expect((await new Content(handles[0]!, { bypassCache: true }).load(ref)).toString()).toBe('while there was none');
});

test('checkpoints are kept under their key', async () => {
  const flux = handles[2]!;
  const call = (method: string, payload: object) => flux.rpc(`kvs-checkpoint.${method}`, payload, { nodeid: 0 });
  await expect(call('get', { key: 'none' })).rejects.toEqual(failsWith('ENOENT'));
  await expect(call('put', { key: 'a', value: 1 })).rejects.toEqual(failsWith('EPROTO'));
  await expect(call('put', { key: '', value: 'x' })).rejects.toEqual(failsWith('EINVAL'));
  await call('put', { key: 'a', value: 'x' });
  await call('put', { key: 'a', value: 'y' });
  expect(await call('get', { key: 'a' })).toEqual({ value: 'y' });
});

test('attributes are checked when they are set, and the hash is for ever', async () => {
  const flux = handles[2]!;
  for (const value of ['x', '-1', '4294967296', '']) {
    await expect(flux.setattr('content.purge-old-entry', value)).rejects.toEqual(failsWith('EINVAL'));
  }
  for (const name of ['content.hash', 'content.blob-size-limit', 'content.backing-module']) {
    await expect(flux.setattr(name, '1')).rejects.toEqual(failsWith('EPERM'));
  }
  await expect(testInstance({ attributes: { 'content.hash': 'md5' } })).rejects.toEqual(
    failsWith('EINVAL', 'md5: unknown hash type\ncontent_cache_create: Invalid argument'),
  );
});

test.each(['content.blob-size-limit', 'content.flush-batch-limit', 'content.purge-target-size', 'content.purge-old-entry'])(
  'a broker with a %s that is no number of 32 bits does not start',
  async (name) => {
    for (const value of ['x', '-1', '4294967296', ''])
      await expect(testInstance({ attributes: { [name]: value } })).rejects.toEqual(
        failsWith('EINVAL', 'content_cache_create: Invalid argument'),
      );
    const largest = await testInstance({ attributes: { [name]: '4294967295' } });
    expect(await largest.flux.getattr(name)).toBe('4294967295');
    await largest.stop();
  },
);

test('blobs longer than content.blob-size-limit are EFBIG, but not for the backing store', async () => {
  const small = await testInstance({ size: 2, modules: ['content'], attributes: { 'content.blob-size-limit': '1000' } });
  await small.load(0, 'content-sqlite');
  for (const rank of [0, 1]) {
    const content = new Content(await small.open(rank));
    await content.store(Buffer.alloc(1000));
    await expect(content.store(Buffer.alloc(1001))).rejects.toEqual(failsWith('EFBIG'));
    expect((await content.stats()).dirty).toBe(0);
  }
  await new Content(small.flux, { bypassCache: true }).store(Buffer.alloc(1001));
  await small.stop();
});

test('upstream, the parent is asked, past the own cache; bypassing caches, the backing store is', async () => {
  for (const content of contents) await content.dropcache();
  const upstream = new Content(handles[1]!, { upstream: true });
  const ref = await upstream.store(Buffer.from('above'));
  expect((await upstream.load(ref)).toString()).toBe('above');
  const direct = new Content(handles[1]!, { bypassCache: true });
  const other = await direct.store(Buffer.from('below all'));
  expect((await direct.load(other)).toString()).toBe('below all');
  expect((await Promise.all(contents.map((content) => content.stats()))).map(({ count }) => count)).toEqual([1, 0, 0]);
});

test('a client takes no answer for a reference that is none', async () => {
  let answer: string | Buffer;
  const broken = await testInstance({
    modules: [
      defineModule({ name: 'content', api: 1, main: (m) => void m.serveRaw('content.store', {}, (request) => request.respond(answer)) }),
    ],
  });
  const content = new Content(broken.flux);
  for (answer of [Buffer.from(UNKNOWN), 'sha1-', UNKNOWN.toUpperCase(), Buffer.alloc(0)])
    await expect(content.store(Buffer.from('x'))).rejects.toEqual(failsWith('EPROTO'));
  await expect(content.load('sha1-')).rejects.toEqual(failsWith('EINVAL'));
  await broken.stop();
});

test('a heartbeat purges what was long unused down to the target size', async () => {
  const [flux, content] = [handles[1]!, contents[1]!];
  await flux.setattr('content.purge-target-size', '100');
  await flux.setattr('content.purge-old-entry', '0');
  await content.dropcache();
  for (let i = 0; i < 3; i++) await content.store(randomBytes(60));
  await flux.publish('heartbeat.pulse');
  let { size } = await content.stats();
  for (let asked = 0; size > 100 && asked < 1000; asked++) ({ size } = await content.stats());
  expect(size).toBeLessThanOrEqual(100);
});
