import { type TestInstance, testInstance } from '../../../../core/testing';
import { runBroker, script } from '../run-broker';

/** Flags of attributes (docs/protocol/broker.md §2): clients cache the immutable, nobody sets the read-only, the active are computed. */
const I = 1;
const R = 2;
const A = 4;

/** Every attribute of an instance of one with its flags, from the contract's table; a value where it is the same everywhere. */
const table: Record<string, [flags: number, value?: string | null]> = {
  rank: [I, '0'],
  size: [I, '1'],
  version: [0, '0.32.0'],
  'security.owner': [I, String(process.getuid!())],
  'broker.pid': [I],
  'broker.mapping': [I, '(vector,(0,1,1))'],
  'broker.quorum': [I, '0'],
  'broker.quorum-timeout': [I, '1m'],
  'broker.rc1_path': [0, null],
  'broker.rc3_path': [0, null],
  'conf.exec_path': [0, '/nonexistent'],
  'conf.connector_path': [0, '/nonexistent'],
  'conf.module_path': [0],
  'conf.pmi_library_path': [0, '/nonexistent'],
  'conf.shell_pluginpath': [0],
  'conf.shell_initrc': [0],
  'parent-uri': [0, null],
  'parent-kvs-namespace': [0, null],
  jobid: [I, null],
  'instance-level': [I, '0'],
  hostlist: [I],
  'config.path': [I, null],
  rundir: [I],
  'local-uri': [I],
  'tbon.fanout': [I, '2'],
  'tbon.zmqdebug': [I, '0'],
  'tbon.prefertcp': [I, '0'],
  'tbon.level': [I, '0'],
  'tbon.maxlevel': [I, '0'],
  'tbon.descendants': [I, '0'],
  'tbon.parent-endpoint': [I, null],
  'log-level': [A, '7'],
  'log-forward-level': [A, '7'],
  'log-critical-level': [A, '2'],
  'log-stderr-level': [A, '3'],
  'log-stderr-mode': [A, 'leader'],
  'log-ring-size': [A, '1024'],
  'log-ring-used': [A],
  'log-count': [A],
  'log-filename': [A, null],
  'content.hash': [I, 'sha1'],
  'content.blob-size-limit': [I | A, '1073741824'],
  'content.flush-batch-limit': [A, '256'],
  'content.purge-target-size': [A, '16777216'],
  'content.purge-old-entry': [A, '10'],
  'content.backing-module': [R | A, null],
};

/** Attributes beyond the original. */
const ours = /^(tbon\.(parent-timeout|heartbeat-timeout)|content\.durability)$/;

test('a broker has the attributes of the contract, with their flags and defaults', async () => {
  const { stdout, stderr } = await runBroker(
    script(`const { names } = await flux.rpc('attr.list');
      const got = {};
      for (const name of names) got[name] = await flux.rpc('attr.get', { name }).catch((e) => ({ value: null, code: e.code }));
      console.log(JSON.stringify(got));`),
  );
  expect(stderr).toBe('');
  const got = JSON.parse(stdout) as Record<string, { value: string | null; flags?: number }>;
  expect(
    Object.keys(got)
      .filter((name) => !ours.test(name))
      .sort(),
  ).toEqual(Object.keys(table).sort());
  const differ: string[] = [];
  for (const [name, [flags, value]] of Object.entries(table)) {
    const has = got[name]!;
    const isUnset = has.value === null || has.value === '';
    if (value === null ? !isUnset : value !== undefined && has.value !== value) differ.push(`${name}: ${has.value}, not ${value}`);
    if (has.flags !== undefined && has.flags !== flags) differ.push(`${name}: flags ${has.flags}, not ${flags}`);
  }
  expect(differ).toEqual([]);
});

describe('attr', () => {
  let t: TestInstance;
  beforeAll(async () => {
    t = await testInstance({ size: 2, attributes: { given: 'yes', empty: null } });
  });
  afterAll(() => t.stop());
  const get = (name: string, nodeid = 0) => t.flux.rpc('attr.get', { name }, { nodeid });
  const set = (name: string, value: string, nodeid = 0) => t.flux.rpc('attr.set', { name, value }, { nodeid });
  const rm = (name: string) => t.flux.rpc('attr.rm', { name });

  test('get gives value and flags; unknown names and null values are ENOENT', async () => {
    expect(await get('rank')).toEqual({ value: '0', flags: 1 });
    expect(await get('given')).toEqual({ value: 'yes', flags: 0 });
    for (const name of ['nosuch', '', 'empty', 'log-filename', 'content.backing-module'])
      await expect(get(name)).rejects.toMatchObject({ code: 'ENOENT', text: undefined });
  });

  test('list has those with a null value, too', async () => {
    const { names } = await t.flux.rpc<{ names: string[] }>('attr.list');
    expect(names).toEqual(expect.arrayContaining(['rank', 'empty', 'log-filename']));
  });

  test('set makes and changes; immutable and read-only ones are EPERM', async () => {
    await set('mine', 'a');
    await set('mine', 'b');
    expect(await get('mine')).toEqual({ value: 'b', flags: 0 });
    await set('empty', 'full');
    expect(await get('empty')).toEqual({ value: 'full', flags: 0 });
    for (const name of ['rank', 'broker.pid', 'tbon.fanout', 'content.hash', 'content.backing-module', 'content.blob-size-limit'])
      await expect(set(name, '1')).rejects.toMatchObject({ code: 'EPERM', text: undefined });
  });

  test('set of an active one is refused with EINVAL, and changes nothing', async () => {
    for (const [name, value] of [
      ['log-level', '8'],
      ['log-level', '-1'],
      ['log-stderr-mode', 'both'],
      ['log-ring-size', '-1'],
      ['content.purge-old-entry', 'x'],
      ['content.flush-batch-limit', '4294967296'],
    ] as const) {
      const before = await get(name);
      await expect(set(name, value)).rejects.toMatchObject({ code: 'EINVAL', text: undefined });
      expect(await get(name)).toEqual(before);
    }
  });

  test('what is counted can be set, to no effect', async () => {
    const before = (await get('log-count')) as { value: string };
    await set('log-count', '7000000');
    await set('log-ring-used', '7000000');
    expect(Number(((await get('log-count')) as { value: string }).value)).toBeLessThan(Number(before.value) + 100);
  });

  test('a log file that cannot be opened is the errno of open', async () => {
    await expect(set('log-filename', '/nonexistent/log')).rejects.toMatchObject({ code: 'ENOENT' });
    await expect(set('log-filename', '/')).rejects.toMatchObject({ code: 'EISDIR' });
    await expect(get('log-filename')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('the log file is rank 0’s alone', async () => {
    await expect(set('log-filename', '/tmp/x', 1)).rejects.toMatchObject({ code: 'EPERM' });
  });

  test('rm takes plain ones away; an unknown one is fine; others are EPERM', async () => {
    await set('gone', '1');
    await rm('gone');
    await expect(get('gone')).rejects.toMatchObject({ code: 'ENOENT' });
    await rm('gone');
    for (const name of ['rank', 'content.backing-module', 'log-level']) await expect(rm(name)).rejects.toMatchObject({ code: 'EPERM' });
  });

  test('each rank has its own', async () => {
    await set('here', 'zero');
    await set('here', 'one', 1);
    expect([await get('here', 0), await get('here', 1)]).toMatchObject([{ value: 'zero' }, { value: 'one' }]);
  });
});

test('content.backing-module becomes the name of the first backing store, which nobody else may set', async () => {
  const t = await testInstance({ modules: ['content', 'content-sqlite'] });
  try {
    expect(await t.flux.rpc('attr.get', { name: 'content.backing-module' })).toEqual({ value: 'content-sqlite', flags: R | A });
    await expect(t.flux.setattr('content.backing-module', 'other')).rejects.toMatchObject({ code: 'EPERM' });
    await t.flux.rpc('broker.rmmod', { name: 'content-sqlite' });
    expect(await t.flux.getattr('content.backing-module')).toBe('content-sqlite');
  } finally {
    await t.stop();
  }
});

test('handles ask for an immutable one only once', async () => {
  const t = await testInstance();
  try {
    const flux = await t.open();
    let asked = 0;
    flux.tap = (message) => {
      if (message.topic === 'attr.get') asked++;
      return false;
    };
    expect(await flux.getattr('version')).toBe('0.32.0');
    expect(await flux.getattr('version')).toBe('0.32.0');
    expect(asked).toBe(2);
    await flux.getattr('tbon.fanout');
    await flux.getattr('tbon.fanout');
    expect(asked).toBe(3);
  } finally {
    await t.stop();
  }
});
