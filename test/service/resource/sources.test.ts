import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Resources } from '../../../core';
import { Topology } from '../../../core/internal';
import { ResourceInstance, type ResourceInstanceOptions, uniformR } from './instance';

const local = Topology.fromSys().toRlist(0, os.hostname()).node(0)!;
const cores = local.children.get('core')!.encode();
const more = `0-${local.children.get('core')!.count + 1}`;
const host = os.hostname();
const noverify = ['noverify'];

let dir: string;
let t: ResourceInstance | undefined;
beforeAll(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'resource-'));
});
afterEach(async () => {
  await t?.stop();
  t = undefined;
});
afterAll(() => fs.rmSync(dir, { recursive: true }));

async function start(options: ResourceInstanceOptions = {}): Promise<Resources> {
  t = await ResourceInstance.start(options);
  return new Resources(t.flux);
}

function file(name: string, content: unknown): string {
  const target = path.join(dir, name);
  fs.writeFileSync(target, typeof content === 'string' ? content : JSON.stringify(content));
  return target;
}

const configured = (R: unknown, table: object = {}) => ({ config: { resource: { path: file('R', R), ...table } } });

test('R of a configured file is taken as it is', async () => {
  const R = uniformR('0-1', '0-3', 'foo[0-1]');
  const resources = await start({ size: 2, ...configured(R, { noverify: true }) });
  expect(await resources.get()).toEqual({ R, method: 'configuration' });
  expect(await resources.get(1)).toEqual({ R, method: 'configuration' });
  expect(await t!.events()).toEqual([
    ['resource-init', { restart: false, drain: {}, online: '', exclude: '' }],
    ['resource-define', { method: 'configuration' }],
  ]);
});

test('R of a configured file is stored anew, however it is written: with times, as reals, on one line', async () => {
  const text = '{"version":1,\n "execution":{"nodelist":["a,b"], "R_lite":[{"children":{"core":"0-1"},"rank":"0-1"}],"starttime":5}}\n\n';
  await start({ size: 2, ...configured(text, { noverify: true }) });
  await t!.event('resource-define');
  expect(await t!.get('resource.R')).toBe(
    '{"version": 1, "execution": {"R_lite": [{"rank": "0-1", "children": {"core": "0-1"}}], ' +
      '"starttime": 5.0, "expiration": 0.0, "nodelist": ["a,b"]}}',
  );
});

test('with hosts in the configuration, ranks follow the hostlist', async () => {
  const { config } = configured(uniformR('0-1', '0', 'b,a'), { noverify: true });
  const resources = await start({ size: 2, config: { ...config, bootstrap: {} }, attributes: { hostlist: 'a,b' } });
  expect((await resources.get()).R).toMatchObject({ execution: { nodelist: ['a,b'] } });
});

test('R in the KVS survives, and so does the drain state, which is replayed from the last start on', async () => {
  const log = [
    { timestamp: 1, name: 'resource-init', context: { restart: false, drain: {}, online: '', exclude: '' } },
    { timestamp: 2, name: 'drain', context: { idset: '0', reason: 'old' } },
    {
      timestamp: 3,
      name: 'resource-init',
      context: { restart: true, drain: { 1: { timestamp: 2.5, reason: 'kept' } }, online: '', exclude: '' },
    },
    { timestamp: 4, name: 'drain', context: { idset: '2-3', reason: 'new' } },
    { timestamp: 5, name: 'undrain', context: { idset: '3' } },
  ];
  const R = uniformR('0-3', cores, `${host},${host},${host},${host}`);
  const kvs = { 'resource.R': JSON.stringify(R), 'resource.eventlog': log.map((entry) => `${JSON.stringify(entry)}\n`).join('') };
  const resources = await start({ size: 4, kvs });
  expect(await resources.get()).toEqual({ R, method: 'kvs' });
  expect(await resources.get(3)).toEqual({ R, method: 'kvs' });
  const drain = { 1: { timestamp: 2.5, reason: 'kept' }, 2: { timestamp: 4, reason: 'new' } };
  expect((await resources.status()).drain).toEqual(drain);
  expect((await t!.events()).slice(5)).toEqual([
    ['resource-init', { restart: true, drain, online: '', exclude: '' }],
    ['resource-define', { method: 'kvs' }],
  ]);
});

test('a drained rank that the instance does not have makes the load fail', async () => {
  const entry = { timestamp: 2, name: 'drain', context: { idset: '7', reason: 'x' } };
  const loading = start({ kvs: { 'resource.eventlog': `${JSON.stringify(entry)}\n` } });
  await expect(loading).rejects.toMatchObject({ code: 'EINVAL', text: 'problem replaying eventlog drain state' });
});

test('a rank that lacks what R says is drained, with the reason', async () => {
  const R = uniformR('0-1', more, `${host},${host}`);
  const resources = await start({ size: 2, ...configured(R) });
  const { drain } = await resources.status();
  const text = (rank: number) => expect.stringMatching(`^rank ${rank} \\(${host}\\) missing resources: core`);
  const reasons = Object.entries(drain).map(([ranks, { reason }]) => [ranks, reason]);
  expect(reasons).toEqual([
    ['0', text(0)],
    ['1', text(1)],
  ]);
  const names = (await t!.events()).map(([name]) => name);
  expect(names).toEqual(['drain', 'resource-init', 'resource-define', 'drain']);
  expect(await t!.logged('draining: rank 0')).toHaveLength(1);
});

test('noverify, as argument or in the configuration, trusts R', async () => {
  const R = uniformR('0', more, host);
  const resources = await start({ ...configured(R), args: noverify });
  expect((await resources.status()).drain).toEqual({});
});

test('monitor-force-up takes all ranks for online', async () => {
  const resources = await start({ size: 2, args: ['monitor-force-up'] });
  await t!.event('resource-define');
  expect(await resources.status()).toMatchObject({ online: '0-1', offline: '' });
  expect((await t!.events())[0]).toMatchObject(['resource-init', { online: '0-1' }]);
});

test.each([
  [{ foo: 1 }, 'error parsing [resource] configuration: 1 object item(s) left unpacked: foo', 'EINVAL'],
  [{ path: 1 }, 'error parsing [resource] configuration: Expected string, got integer', 'EINVAL'],
  [{ noverify: 'x' }, 'error parsing [resource] configuration: Expected true or false, got string', 'EINVAL'],
  [{ path: '/nonexistent' }, '/nonexistent: No such file or directory', 'ENOENT'],
])('the configuration %j is refused', async (resource, text, code) => {
  await expect(start({ config: { resource } })).rejects.toMatchObject({ code, text });
});

test.each([
  [{}, 'error parsing R: Object item not found: version'],
  [{ version: 2, execution: { R_lite: [] } }, 'error parsing R: invalid version=2'],
])('the R %j is refused', async (R, text) => {
  await expect(start(configured(R))).rejects.toMatchObject({ code: 'EINVAL', text });
});

test('an unknown argument is refused', async () => {
  await expect(start({ args: ['zz'] })).rejects.toMatchObject({ code: 'EINVAL', text: 'unknown option: zz' });
});

test('what is wrong is in the log, once', async () => {
  await start();
  await t!.flux.rpc('broker.rmmod', { name: 'resource' });
  await expect(t!.instance.load(0, 'resource', ['zz'])).rejects.toThrow('unknown option: zz');
  expect(await t!.logged('unknown option: zz')).toHaveLength(1);
});

describe('exclude', () => {
  const R = uniformR('0-3', '0', 'foo[0-3]');
  const excluding = (exclude: string) => start({ size: 4, ...configured(R, { exclude, noverify: true }), args: ['monitor-force-up'] });

  test('keeps ranks from the scheduler, given as idset or as hosts', async () => {
    const resources = await excluding('foo[1-2]');
    expect(await resources.status()).toMatchObject({ exclude: '1-2', R });
    const stream = resources.acquire();
    const { value } = await stream.next();
    expect(value).toMatchObject({ up: '0,3', resources: { execution: { R_lite: [{ rank: '0,3' }] } } });
    resources.release(stream);
    await stream.next();
  });

  test.each([
    ['zz', 'error decoding exclude set zz: zz: invalid targets: invalid hosts: zz: Invalid argument'],
    ['9', 'exclude set 9 is out of range'],
    ['', 'exclude set  is out of range'],
  ])('%j is refused', async (exclude, text) => {
    await expect(excluding(exclude)).rejects.toMatchObject({ text });
  });

  describe('before R is known', () => {
    const atFirst = (exclude: string) => start({ size: 2, config: { resource: { exclude } }, attributes: { hostlist: 'a,b' } });

    test.each([
      ['zz', 'error decoding exclude set zz: zz: invalid targets: invalid hosts: zz: Invalid argument'],
      ['2', 'exclude set 2 is out of range'],
    ])('%j is refused by the hosts of the instance', async (exclude, text) => {
      await expect(atFirst(exclude)).rejects.toMatchObject({ code: 'EINVAL', text });
    });
  });

  test('follows a configuration reload', async () => {
    const resources = await excluding('1');
    const stream = resources.acquire();
    expect((await stream.next()).value).toMatchObject({ up: '0,2-3' });
    const reload = (resource: object) => t!.flux.rpc('resource.config-reload', { resource: { path: path.join(dir, 'R'), ...resource } });
    await reload({ exclude: '2' });
    expect((await stream.next()).value).toEqual({ down: '2' });
    expect((await t!.events()).slice(-2)).toEqual([
      ['exclude', { idset: '2' }],
      ['unexclude', { idset: '1' }],
    ]);
    await expect(reload({ exclude: '' })).rejects.toMatchObject({ code: 'EINVAL', text: 'exclusion idset is out of range' });
    await expect(reload({ exclude: 'x1' })).rejects.toMatchObject({ code: 'EINVAL', text: 'invalid targets: invalid hosts: x1' });
    await reload({});
    expect((await stream.next()).value).toEqual({ up: '2' });
    expect(await resources.status()).toMatchObject({ exclude: '' });
    resources.release(stream);
    await stream.next();
  });

  test('needs R', async () => {
    const text = 'exclude set 0: the resources are not known yet; resource.path can name them';
    await expect(start({ config: { resource: { exclude: '0' } } })).rejects.toMatchObject({ code: 'ENOENT', text });
  });
});

describe('reload', () => {
  test('replaces R by that of a file, which is stored unchanged', async () => {
    const resources = await start({ size: 2 });
    await t!.event('resource-define');
    const text = `{ "version": 1, "x": 2.0, "execution": {"R_lite": [{"rank": "0-1", "children": {"core": "0-7"}}], "nodelist": ["a,b"]} }`;
    await resources.reload(file('new', text));
    expect(await t!.get('resource.R')).toBe(text);
    expect((await resources.get()).method).toBe('reload');
    expect((await t!.events()).at(-1)).toEqual(['resource-define', { method: 'reload' }]);
  });

  test('refuses what it cannot use', async () => {
    const resources = await start();
    await t!.event('resource-define');
    const big = file('big', uniformR('0-1', '0', 'a,b'));
    const text = 'resource object contains ranks execeeding size=1 (override with -f))';
    await expect(resources.reload(big)).rejects.toMatchObject({ code: 'EINVAL', text });
    await resources.reload(big, { force: true });
    expect(await t!.logged('WARN: resource object contains ranks exceeding size=1')).toHaveLength(1);
    const noR = file('noR', '{"version":2}');
    await expect(resources.reload(noR)).rejects.toMatchObject({ code: 'EINVAL', text });
    await expect(resources.reload(noR, { force: true })).rejects.toMatchObject({
      code: 'EINVAL',
      text: 'error parsing R: invalid version=2',
    });
    const missing = path.join(dir, 'missing');
    await expect(resources.reload(missing)).rejects.toMatchObject({
      code: 'ENOENT',
      text: `${missing}:-1 unable to open ${missing}: No such file or directory`,
    });
    await expect(resources.reload(file('bad', '{\n"a":'))).rejects.toMatchObject({
      code: 'EPROTO',
      text: expect.stringMatching('^<stream>:2 '),
    });
    await expect(resources.reload(missing, { xml: true })).rejects.toMatchObject({ text: `${missing}: No such file or directory` });
    const empty = fs.mkdtempSync(path.join(dir, 'empty-'));
    await expect(resources.reload(empty, { xml: true })).rejects.toMatchObject({
      code: 'EINVAL',
      text: `${empty}: invalid directory: no XML input files found`,
    });
    const stream = resources.acquire();
    await stream.next();
    await expect(resources.reload(big, { force: true })).rejects.toMatchObject({
      code: 'EBUSY',
      text: 'resources are busy (unload scheduler?)',
    });
    resources.release(stream);
    await stream.next();
  });

  test('reads a directory of hwloc XML', async () => {
    const resources = await start({ size: 2 });
    const xmlDir = fs.mkdtempSync(path.join(dir, 'xml-'));
    const documents = await resources.xml();
    fs.mkdirSync(path.join(xmlDir, 'sub'));
    fs.writeFileSync(path.join(xmlDir, '0.xml'), documents[0]!);
    fs.writeFileSync(path.join(xmlDir, 'sub', '1.xml'), documents[1]!.replaceAll(host, 'other'));
    fs.writeFileSync(path.join(xmlDir, 'README'), 'no xml');
    await resources.reload(xmlDir, { xml: true });
    expect((await resources.get()).R).toMatchObject({ execution: { nodelist: [`${host},other`] } });
    expect((await resources.xml())[1]).toContain('other');
  });
});

test('unloading the module ends the acquire stream', async () => {
  const resources = await start();
  await t!.event('resource-define');
  const stream = resources.acquire();
  await stream.next();
  await t!.flux.rpc('broker.rmmod', { name: 'resource' });
  await expect(stream.next()).rejects.toMatchObject({ code: 'ECANCELED', text: 'the resource module was unloaded' });
});
