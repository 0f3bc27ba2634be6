import os from 'node:os';
import { Resources } from '../../../core';
import { type AcquireUpdate, Rlist, Topology } from '../../../core/internal';
import { ResourceInstance } from './instance';

const local = Topology.fromSys().toRlist(0, os.hostname());
const cores = local.node(0)!.children.get('core')!.encode();

let t: ResourceInstance;
let resources: Resources;
beforeAll(async () => {
  t = await ResourceInstance.start({ size: 4 });
  resources = new Resources(t.flux);
});
afterAll(() => t.stop());

test('the resources of all ranks are found, stored, and announced', async () => {
  await t.event('resource-define');
  const { R, method } = await resources.get();
  expect(method).toBe('dynamic-discovery');
  expect(R).toMatchObject({ version: 1, execution: { R_lite: [{ rank: '0-3', children: { core: cores } }] } });
  expect(JSON.parse(await t.get('resource.R'))).toEqual(R);
  expect(await t.events()).toEqual([
    ['resource-init', { restart: false, drain: {}, online: '', exclude: '' }],
    ['resource-define', { method: 'dynamic-discovery' }],
  ]);
});

test('R is stored with reals as the C clients want them', async () => {
  expect(await t.get('resource.R')).toContain('"starttime": 0.0, "expiration": 0.0');
});

test('ranks come online and go offline', async () => {
  await t.online('0-2', 3);
  expect(await resources.status()).toMatchObject({ online: '0-2', offline: '3', drain: {}, exclude: '' });
  await t.online('0-3', 4);
  await t.online('0', 1);
  await t.event('offline');
  expect((await t.events()).slice(2)).toEqual([
    ['online', { idset: '0-2' }],
    ['online', { idset: '3' }],
    ['offline', { idset: '1-3' }],
  ]);
  await t.online('0-3', 4);
});

test('a scheduler acquires the resources and is told what comes up and goes down', async () => {
  const stream = resources.acquire();
  const first = (await stream.next()).value as AcquireUpdate;
  expect(Rlist.fromR(first.resources).ranks().encode()).toBe('0-3');
  expect(first.up).toBe('0-3');
  await expect(resources.acquire().next()).rejects.toMatchObject({ code: 'EBUSY' });

  await resources.drain('1-2', 'bad');
  expect((await stream.next()).value).toEqual({ down: '1-2' });
  t.groups.set('broker.online', '0-2');
  expect((await stream.next()).value).toEqual({ down: '3' });
  await resources.undrain('1');
  expect((await stream.next()).value).toEqual({ up: '1' });
  t.groups.set('broker.online', '0-3');
  expect((await stream.next()).value).toEqual({ up: '3' });
  await resources.undrain('2');
  expect((await stream.next()).value).toEqual({ up: '2' });

  resources.release(stream);
  expect((await stream.next()).done).toBe(true);
  const again = resources.acquire();
  expect((await again.next()).value).toMatchObject({ up: '0-3' });
  resources.release(again);
  expect((await again.next()).done).toBe(true);
});

test('a scheduler that disconnects loses the resources', async () => {
  const other = await t.instance.open(0);
  expect((await new Resources(other).acquire().next()).done).toBe(false);
  other.close();
  await other.closed;
  const stream = resources.acquire();
  expect((await stream.next()).done).toBe(false);
  resources.release(stream);
  expect((await stream.next()).done).toBe(true);
});

test('drain and undrain refuse what cannot be', async () => {
  const refused = { code: 'EINVAL' };
  await expect(resources.drain('')).rejects.toMatchObject({ ...refused, text: 'idset is empty' });
  await expect(resources.drain('4')).rejects.toMatchObject({ ...refused, text: 'idset is out of range' });
  await expect(resources.drain('nohost[1-3]')).rejects.toMatchObject({ ...refused, text: 'invalid targets: invalid hosts: nohost[1-3]' });
  await expect(resources.drain('a[')).rejects.toMatchObject({ ...refused, text: 'invalid targets: Hostlist cannot be decoded' });
  await resources.drain('3');
  await expect(resources.undrain('2-3')).rejects.toMatchObject({ ...refused, text: 'rank 2 not drained' });
  expect(Object.keys((await resources.status()).drain)).toEqual(['3']);
  await resources.undrain('3');
  await expect(t.flux.rpc('resource.drain', {})).rejects.toMatchObject({ code: 'EPROTO', text: undefined });
});

test('a drained rank can be drained again, for another reason; a hostname means all its ranks', async () => {
  await resources.drain(os.hostname(), 'one');
  await resources.drain('1', 'two');
  const { drain } = await resources.status();
  expect(drain).toMatchObject({ '0,2-3': { reason: 'one' }, 1: { reason: 'two' } });
  await resources.undrain('0-3');
});

test('other ranks know R only if it was there before them', async () => {
  await expect(t.flux.rpc('resource.get', undefined, { nodeid: 1 })).rejects.toMatchObject({ code: 'ENOENT' });
});

test('methods of rank 0 are refused elsewhere', async () => {
  const ask = (method: string, payload?: object) => t.flux.rpc(`resource.${method}`, payload, { nodeid: 1 });
  const text = 'this RPC only works on rank 0';
  await expect(ask('status')).rejects.toMatchObject({ code: 'EPROTO', text });
  await expect(ask('get-xml')).rejects.toMatchObject({ code: 'EPROTO', text });
  await expect(ask('monitor-waitup', { up: 1 })).rejects.toMatchObject({ code: 'EPROTO', text });
  await expect(ask('drain', { targets: '0' })).rejects.toMatchObject({ code: 'ENOSYS', text: 'Unknown service method' });
  await expect(ask('reload', {})).rejects.toMatchObject({ code: 'EPROTO' });
  await expect(ask('reload', { path: '/', xml: false, force: false })).rejects.toMatchObject({
    code: 'ENOSYS',
    text: 'resource.reload is only available on rank 0',
  });
  await expect(t.flux.rpc('resource.monitor-waitup', { up: 5 })).rejects.toMatchObject({
    code: 'EPROTO',
    text: 'up value is out of range',
  });
});

test('the XML of all ranks is collected', async () => {
  const xml = await resources.xml();
  expect(xml).toHaveLength(4);
  for (const document of xml) expect(document).toContain(`<info name="HostName" value="${os.hostname()}"/>`);
  const response = await t.flux.rpcMessage('resource.topo-get', undefined, { nodeid: 2 });
  expect(response.text()).toBe(xml[2]);
});

test('guests are refused', async () => {
  const guest = { userid: 12345, rolemask: 2 };
  await expect(t.flux.rpc('resource.status', undefined, guest)).rejects.toMatchObject({ code: 'EPERM' });
});
