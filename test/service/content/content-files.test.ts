import fs from 'node:fs';
import path from 'node:path';
import { blobrefOf, Content } from '../../../core';
import { type TestInstance, testInstance } from '../../../core/testing';

const failsWith = (code: string, text?: string) => expect.objectContaining({ code, ...(text === undefined ? {} : { text }) });

let instance: TestInstance;
beforeEach(async () => {
  instance = await testInstance({ modules: ['content'] });
});
afterEach(() => instance.stop());

const checkpoint = (method: string, payload: object) => instance.flux.rpc(`kvs-checkpoint.${method}`, payload, { nodeid: 0 });

test('without content.backing-path its folder is in rundir, for the owner alone, and the attribute is set to it', async () => {
  await instance.load(0, 'content-files');
  const folder = path.join(instance.rundir, 'content.files');
  expect(await instance.flux.getattr('content.backing-path')).toBe(folder);
  expect(fs.statSync(folder).mode & 0o777).toBe(0o700);
});

test('a blob is a file named by its reference, a checkpoint one named by its key; what was half written is cleared away', async () => {
  const folder = path.join(instance.rundir, 'given');
  fs.mkdirSync(folder);
  fs.writeFileSync(path.join(folder, '.unfinished-7'), 'half');
  fs.writeFileSync(path.join(folder, 'kvs-primary'), 'sha1-old');
  await instance.flux.setattr('content.backing-path', folder);
  await instance.load(0, 'content-files');
  expect(await checkpoint('get', { key: 'kvs-primary' })).toEqual({ value: 'sha1-old' });
  const content = new Content(instance.flux);
  const ref = await content.store(Buffer.alloc(1000, 'x'));
  await content.flush();
  await checkpoint('put', { key: 'kvs-primary', value: 'new' });
  expect(fs.readdirSync(folder).sort()).toEqual(['kvs-primary', ref].sort());
  expect(fs.readFileSync(path.join(folder, ref), 'utf8')).toBe('x'.repeat(1000));
  expect(fs.readFileSync(path.join(folder, 'kvs-primary'), 'utf8')).toBe('new');
});

test('keys that are no file names are refused', async () => {
  await instance.load(0, 'content-files');
  for (const key of ['', '.', '..', 'a/b', '/']) {
    await expect(checkpoint('get', { key })).rejects.toEqual(failsWith('EINVAL', 'invalid key name'));
    await expect(checkpoint('put', { key, value: '' })).rejects.toEqual(failsWith('EINVAL', 'invalid key'));
  }
  const long = 'k'.repeat(1024);
  for (const method of ['get', 'put'])
    await expect(checkpoint(method, { key: long, value: '' })).rejects.toEqual(
      failsWith('EOVERFLOW', 'key name too long for internal buffer'),
    );
});

test('a folder that can not be made fails the load, and leaves no service behind', async () => {
  await instance.flux.setattr('content.backing-path', '/nonexistent/folder');
  await expect(instance.load(0, 'content-files')).rejects.toEqual(failsWith('ENOENT'));
  await expect(checkpoint('get', { key: 'a' })).rejects.toEqual(failsWith('ENOSYS'));
});

test('a store that fails leaves the blob dirty in the cache, and the next flush tries again', async () => {
  await instance.load(0, 'content-files');
  const folder = await instance.flux.getattr('content.backing-path');
  fs.rmSync(folder, { recursive: true });
  const content = new Content(instance.flux);
  const ref = await content.store(Buffer.from('x'));
  await expect(content.flush()).rejects.toEqual(failsWith('ENOENT'));
  expect((await content.stats()).dirty).toBe(1);
  fs.mkdirSync(folder);
  await content.flush();
  expect(fs.readdirSync(folder)).toEqual([ref]);
});

test('a heartbeat tries again, too', async () => {
  await instance.load(0, 'content-files');
  const folder = await instance.flux.getattr('content.backing-path');
  fs.rmSync(folder, { recursive: true });
  const content = new Content(instance.flux);
  const ref = await content.store(Buffer.from('x'));
  await expect(content.flush()).rejects.toEqual(failsWith('ENOENT'));
  fs.mkdirSync(folder);
  await instance.flux.publish('heartbeat.pulse');
  let { dirty } = await content.stats();
  for (let asked = 0; dirty > 0 && asked < 10_000; asked++) ({ dirty } = await content.stats());
  expect(fs.readdirSync(folder)).toEqual([ref]);
});

test('with option testing it serves requests but is nobody’s backing store', async () => {
  await instance.load(0, 'content-files', ['testing']);
  const content = new Content(instance.flux);
  await content.store(Buffer.from('x'));
  await expect(content.flush()).rejects.toEqual(failsWith('ENOSYS'));
  const backing = new Content(instance.flux, { bypassCache: true });
  expect(await backing.store(Buffer.from('y'))).toBe(blobrefOf('y'));
  expect((await backing.load(blobrefOf('y'))).toString()).toBe('y');
});
