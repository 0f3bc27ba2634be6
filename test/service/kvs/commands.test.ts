import kvsCommand from '../../../cli/commands/kvs';
import { Kvs } from '../../../core';
import { createDirref, encodeTreeobj } from '../../../core/internal';
import type { TestInstance } from '../../../core/testing';
import { type CommandResult, runCli } from '../../support/command';
import { kvsInstance } from './instance';

let instance: TestInstance;
let kvs: Kvs;
let env: NodeJS.ProcessEnv;
beforeAll(async () => {
  instance = await kvsInstance();
  const uri = `local://${instance.rundir}/local-0`;
  await instance.flux.setattr('local-uri', uri);
  await instance.load(0, 'connector-local');
  env = { FLUX_URI: uri };
  kvs = new Kvs(instance.flux);
});
afterAll(() => instance.stop());
beforeEach(async () => {
  const { data } = await kvs.readdir('.');
  const txn = kvs.transaction();
  for (const name of Object.keys(data)) txn.unlink(name);
  await kvs.commit(txn);
});

const flux = (words: string[], more: NodeJS.ProcessEnv = {}, stdin?: string): Promise<CommandResult> =>
  runCli(kvsCommand, words, { env: { ...env, ...more }, ...(stdin === undefined ? {} : { stdin }) });
const words = (line: string) => line.split(' ').map((word) => (word === "''" ? '' : word));
const line = (text: string) => flux(words(text));

const printed = (stdout: string) => ({ status: 0, stdout, stderr: '' });
const refused = (stderr: string, stdout = '') => ({ status: 1, stdout, stderr });

/** Keys of every kind under `d`. */
const someKeys = () =>
  kvs.commit(
    kvs
      .transaction()
      .put('d.a', '1')
      .put('d.b.c', '2')
      .put('d.e')
      .put('d.long', 'x'.repeat(100))
      .put('d.lines', 'one\ntwo')
      .put('d.line', 'one\n')
      .put('d.nul', 'ab\0cd')
      .put('d.tab', 'a\tb')
      .put('d.u', 'é')
      .mkdir('d.empty')
      .symlink('d.l', 'd.a')
      .symlink('d.m', 'q', 'other'),
  );

describe('get', () => {
  test('prints a value up to its first NUL and a newline, nothing for an empty one; -r its bytes; -l the key as typed', async () => {
    await someKeys();
    expect(await line('get d.nul d.e d.a')).toEqual(printed('ab\n1\n'));
    expect(await line('get -r d.nul d.e d.a')).toEqual(printed('ab\0cd1'));
    expect(await line('get -l ..d..a d.e')).toEqual(printed('..d..a=1\nd.e='));
    expect(await line('get -lrt d.l')).toEqual(printed('d.l={"data":{"target":"d.a"},"type":"symlink","ver":1}\n'));
  });

  test('keeps what it printed before the key that fails', async () => {
    await someKeys();
    expect(await line('get d.a d.b d.e')).toEqual(refused('flux-kvs: d.b: Is a directory\n', '1\n'));
    expect(await line("get ''")).toEqual(refused('flux-kvs: : Invalid argument\n'));
  });

  test('looks in a snapshot, and neither waits nor watches there', async () => {
    await kvs.put('a', '1');
    const at = encodeTreeobj((await kvs.snapshot()).root);
    await kvs.put('a', '2');
    expect(await flux(['get', '-a', at, 'a'])).toEqual(printed('1\n'));
    for (const option of ['-w', '-W'])
      expect(await flux(['get', option, '-a', at, 'a'])).toEqual(refused('flux-kvs: a: Invalid argument\n'));
    for (const none of ['foo', '{"data":"","type":"val","ver":1}'])
      expect(await flux(['get', '-a', none, 'a'])).toEqual(refused('flux-kvs: a: Invalid argument\n'));
    expect(await flux(['dir', '-a', at])).toEqual(printed('a = 1\n'));
  });

  test('watches all keys at once, and ends with the first stream that fails', async () => {
    await kvs.put('a', '1');
    expect(await line('get -w -c 1 a')).toEqual(printed('1\n'));
    expect(await line('get -w none')).toEqual(refused('flux-kvs: none: No such file or directory\n'));
    expect(await line('get --count=1x a')).toEqual(refused("flux-kvs get: get: Option 'count' requires an integer argument\n"));
  });
});

describe('commands that write', () => {
  test('splits at the first =, and takes - from stdin once, with -r and -t only', async () => {
    expect(await flux(['put', '-r', 'x=-', 'y=-', 'z=a=b'], {}, 'in\n')).toEqual(printed(''));
    expect(await line('get -r x y z')).toEqual(printed('in\na=b'));
    expect(await flux(['put', 'x=-'], {}, 'in')).toEqual(printed(''));
    expect(await kvs.getText('x')).toBe('-');
  });

  test.each([
    ['put a', 'put: you must specify a value as key=value'],
    ['put =1', ': Invalid argument'],
    ['put -t a=[]', 'a: Protocol error'],
    ['put .=1', 'flux_kvs_commit: Invalid argument'],
    ['put -O .=1', 'flux_kvs_commit_get_treeobj: Invalid argument'],
    ['put -s .=1', 'flux_kvs_commit_get_sequence: Invalid argument'],
    ['mkdir -s .', 'flux_kvs_commit_get_sequence: Invalid argument'],
    ["mkdir ''", ': Invalid argument'],
    ['link a', 'link: specify target and link_name'],
    ['link a b c', 'link: specify target and link_name'],
    ['unlink -R .', 'flux_kvs_commit: Invalid argument'],
    ['move a', 'move: specify srckey dstkey'],
    ['copy -D none d.a x', 'flux_kvs_copy: Operation not supported'],
    ['wait 1 2', 'wait: specify a version'],
    ['dir a b', 'dir: specify zero or one directory'],
    ['version -N none', 'flux_kvs_get_version: Operation not supported'],
    ['wait -N none 1', 'flux_kvs_wait_version: Operation not supported'],
    ['getroot -so -N none', 'flux_kvs_getroot_get_owner: Operation not supported'],
    ['getroot -b -N none', 'flux_kvs_getroot_get_blobref: Operation not supported'],
    ['namespace create primary x', 'primary: File exists'],
    ['readlink .', '.: Is a directory'],
    ["eventlog append '' name", 'flux_kvs_commit: Invalid argument'],
    ["eventlog wait-event '' name", 'flux_kvs_lookup_get: Invalid argument'],
    ['eventlog append -t -1 e name', 'eventlog_entry_create: Invalid argument'],
    ['eventlog append e name {} x', 'eventlog_entry_create: Invalid argument'],
  ])('%s fails', async (text, stderr) => {
    await kvs.put('d.a', '1');
    expect(await line(text)).toEqual(refused(`flux-kvs: ${stderr}\n`));
  });

  test('-O prints the new root, -s its sequence number; -O wins', async () => {
    const { stdout } = await line('put -sO a=1');
    expect(stdout).toBe(`${encodeTreeobj(createDirref((await kvs.getroot()).rootref))}\n`);
    for (const text of ['put -s a=2', 'mkdir -s b', 'link -s a c', 'unlink -s -f none'])
      expect(await line(text)).toEqual(printed(`${await kvs.version()}\n`));
  });
});

describe('dir', () => {
  const listed = (long: string) =>
    `d.a = 1\nd.b.\nd.e = \nd.empty.\nd.l -> d.a\nd.line = one\nd.lines = one...\nd.long = ${long}...\nd.m -> other::q\nd.nul = ab\nd.tab = a...\nd.u = ...\n`;

  test('cuts values at the width, at the end of the first line, and at what cannot be printed', async () => {
    await someKeys();
    expect(await line('dir d')).toEqual(printed(listed('x'.repeat(68))));
    expect(await line('dir -w 30 d')).toEqual(printed(listed('x'.repeat(18))));
    expect(await flux(['dir', 'd'], { COLUMNS: '40' })).toEqual(printed(listed('x'.repeat(28))));
    for (const [text, more] of [
      ['dir -w 0 d', {}],
      ['dir -w 3 d', {}],
      ['dir d', { COLUMNS: 'wide' }],
    ] as const)
      expect((await flux(words(text), more)).stdout).toContain('d.lines = one\ntwo\nd.long = x');
  });

  test('names entries after the key as it was typed', async () => {
    await someKeys();
    expect(await line('dir d.b')).toEqual(printed('d.b.c = 2\n'));
    expect(await line('dir ..d.b')).toEqual(printed('..d.b.c = 2\n'));
    expect(await line('dir d.b..')).toEqual(printed('d.b..c = 2\n'));
    expect(await line('dir')).toEqual(printed('d.\n'));
    await kvs.symlink('link', 'd.b');
    expect(await line('dir link')).toEqual(printed('link.c = 2\n'));
  });

  test('goes into directories with -R, and leaves values out with -d', async () => {
    await someKeys();
    const { stdout } = await line('dir -Rd');
    expect(stdout).toBe('d.a\nd.b.c\nd.e\nd.empty.\nd.l -> d.a\nd.line\nd.lines\nd.long\nd.m -> other::q\nd.nul\nd.tab\nd.u\n');
  });
});

describe('ls', () => {
  test('shows single keys first, then each directory under its name', async () => {
    await someKeys();
    expect(await line('ls -w 40 d.b d.a d')).toEqual(
      printed('d.a\n\nd:\na        b        e        empty\nl        line     lines    long\nm        nul      tab      u\n\nd.b:\nc\n'),
    );
    expect(await line('ls -R d.empty d.b')).toEqual(printed('d.b:\nc\n\nd.empty:\n'));
    expect(await line('ls d.empty')).toEqual(printed(''));
  });

  test('classifies directories and links, whose mark counts for the columns of single keys only', async () => {
    await someKeys();
    expect(await line('ls -dF d d.b d.a d.l')).toEqual(printed('d.      d.a     d.b.    d.l@\n'));
    expect(await line('ls -Fw 24 d')).toEqual(
      printed('a        b.\ne        empty.\nl@       line\nlines    long\nm@       nul\ntab      u\n'),
    );
    expect(await line('ls -d')).toEqual(printed('.\n'));
    expect(await line('ls -dF')).toEqual(printed('..\n'));
  });

  test('follows links to directories, unless -d or -F ask for the link', async () => {
    await someKeys();
    await kvs.commit(kvs.transaction().symlink('dl', 'd.b').symlink('vl', 'd.a').symlink('nl', 'none').symlink('ll', 'll'));
    expect(await line('ls dl')).toEqual(printed('c\n'));
    expect(await line('ls -R dl')).toEqual(printed('dl:\nc\n'));
    expect(await line('ls -F dl')).toEqual(printed('dl@\n'));
    expect(await line('ls -d dl')).toEqual(printed('dl\n'));
    expect(await line('ls nl vl')).toEqual(printed('nl    vl\n'));
    expect(await line('ls ll')).toEqual(refused('flux-kvs: ll: Too many levels of symbolic links\n'));
  });

  test('says without its own name what it cannot list, and goes on', async () => {
    await someKeys();
    expect(await line('ls none d.a. d.l. d.b')).toEqual(
      refused('none: No such file or directory\nd.a.: Not a directory\nd.l.: Not a directory\n', 'c\n'),
    );
    expect(await line('ls -N none a')).toEqual(refused('a: Operation not supported\n'));
  });
});

describe('unlink, readlink, copy and move', () => {
  test('nothing is removed if a key cannot be', async () => {
    await someKeys();
    expect(await line('unlink d.a d.none')).toEqual(refused("flux-kvs: cannot unlink 'd.none': No such file or directory\n"));
    expect(await line('unlink d.a d.b')).toEqual(refused("flux-kvs: cannot unlink 'd.b': Directory not empty\n"));
    expect(await line("unlink ''")).toEqual(refused("flux-kvs: cannot unlink '': Invalid argument\n"));
    expect(await kvs.getText('d.a')).toBe('1');
    expect(await line('unlink d.l d.empty')).toEqual(printed(''));
    expect(await kvs.getText('d.a')).toBe('1');
    expect(await line('unlink -Rf d none')).toEqual(printed(''));
    expect(await line('dir')).toEqual(printed(''));
  });

  test('a link is read as target, or ns::target, or one of both', async () => {
    await someKeys();
    expect(await line('readlink d.l d.m')).toEqual(printed('d.a\nother::q\n'));
    expect(await line('readlink -o d.l d.m')).toEqual(printed('d.a\nother\n'));
    expect(await line('readlink -k d.l d.m')).toEqual(printed('d.a\nq\n'));
    expect(await line('readlink -ok d.m')).toEqual(printed('other\n'));
    expect(await line('readlink d.l d.a d.m')).toEqual(refused('flux-kvs: d.a: Invalid argument\n', 'd.a\n'));
  });

  test('a link at the end is copied as a link; a move that cannot put leaves its source', async () => {
    await someKeys();
    expect(await line('copy d.l copy')).toEqual(printed(''));
    expect(await line('readlink copy')).toEqual(printed('d.a\n'));
    expect(await line('move -D none d.a x')).toEqual(refused('flux-kvs: flux_kvs_move: Operation not supported\n'));
    expect(await kvs.getText('d.a')).toBe('1');
  });
});

describe('roots and namespaces', () => {
  test('getroot shows owner before sequence before blobref', async () => {
    const { owner, rootseq, rootref } = await kvs.getroot();
    expect(await line('getroot -bso')).toEqual(printed(`${owner}\n`));
    expect(await line('getroot -bs')).toEqual(printed(`${rootseq}\n`));
    expect(await line('getroot -b')).toEqual(printed(`${rootref}\n`));
    expect(await line('getroot')).toEqual(printed(`{"data":["${rootref}"],"type":"dirref","ver":1}\n`));
    expect(await line('version extra')).toEqual(printed(`${rootseq}\n`));
  });

  test('owners are numbers, and listed with their namespaces', async () => {
    expect(await line('namespace create -o x n')).toEqual(refused('flux-kvs: --owner requires an unsigned integer argument\n'));
    expect(await line('namespace create -o 4294967295 big')).toEqual(printed(''));
    expect(await line('namespace create --owner=77 other')).toEqual(printed(''));
    const { stdout } = await line('namespace list');
    expect(stdout).toContain('NAMESPACE                                 OWNER      FLAGS\n');
    expect(stdout).toContain('other                                        77 0x00000000\n');
    expect(await line('namespace remove other big')).toEqual(printed(''));
    expect(await line('namespace create other')).toEqual(
      refused('flux-kvs: other: namespace with identical name in process of being removed. Try again later\n'),
    );
  });

  test('FLUX_KVS_NAMESPACE is the default, also when it is empty', async () => {
    const ns = await kvs.createNamespace('by-env');
    expect(await flux(['put', 'a=1'], { FLUX_KVS_NAMESPACE: 'by-env' })).toEqual(printed(''));
    expect(await ns.getText('a')).toBe('1');
    expect(await flux(['move', '-D', 'primary', 'a', 'b'], { FLUX_KVS_NAMESPACE: 'by-env' })).toEqual(printed(''));
    expect(await kvs.getText('b')).toBe('1');
    expect(await flux(['get', 'b'], { FLUX_KVS_NAMESPACE: '' })).toEqual(refused('flux-kvs: b: Operation not supported\n'));
  });
});

describe('eventlog', () => {
  test('an entry has a real timestamp, a name, and the context as it was given', async () => {
    expect(await flux(['eventlog', 'append', '-t', '42', 'e', 'a', '{"b":1,', '"a":1.50}'])).toEqual(printed(''));
    expect(await kvs.getText('e')).toBe('{"timestamp":42.0,"name":"a","context":{"b":1,"a":1.5}}\n');
    expect(await line('eventlog append --timestamp=0.1 e b {}')).toEqual(printed(''));
    expect(await line('eventlog get e')).toEqual(printed('42.000000 a {"b":1,"a":1.5}\n0.100000 b {}\n'));
    expect(await line('eventlog get -u -c 1 e')).toEqual(printed('{"timestamp":42.0,"name":"a","context":{"b":1,"a":1.5}}\n'));
    expect(await line('eventlog get -w -c 2 e')).toEqual(printed('42.000000 a {"b":1,"a":1.5}\n0.100000 b {}\n'));
  });

  test('what stands behind the last newline is left out, members and their order are kept', async () => {
    await kvs.put('e', '{"name":"b","x":1,"timestamp":1e9}\njunk');
    expect(await line('eventlog get -u e')).toEqual(printed('{"name":"b","x":1,"timestamp":1000000000.0}\n'));
  });

  test.each(['', '\n', 'x\n', '{"timestamp":1,"name":"a"}', '{"timestamp":1,"name":"a"}\n\n', '{"timestamp":"1","name":"a"}\n', '[]\n'])(
    '%j is no eventlog',
    async (value) => {
      await kvs.put('e', value);
      expect(await line('eventlog get e')).toEqual(refused('flux-kvs: eventlog_decode: Invalid argument\n'));
    },
  );

  test('wait-event prints the event, -v those before it too, -q not the event itself', async () => {
    await kvs.put('e', '{"timestamp":1,"name":"a"}\n{"timestamp":2,"name":"b"}\n');
    expect(await line('eventlog wait-event e b')).toEqual(printed('2.000000 b\n'));
    expect(await line('eventlog wait-event -v e b')).toEqual(printed('1.000000 a\n2.000000 b\n'));
    expect(await line('eventlog wait-event -qv e b')).toEqual(printed('1.000000 a\n'));
    expect(await line('eventlog wait-event -t 1ms -v e c')).toEqual(
      refused("flux-kvs eventlog wait-event: wait-event: Invalid argument for option 'timeout': '1ms'"),
    );
    expect(await line('eventlog wait-event -t 0.01 -v e c')).toEqual(
      refused("flux-kvs: wait-event timeout on event 'c'\n", '1.000000 a\n2.000000 b\n'),
    );
    expect(await line('eventlog wait-event none c')).toEqual(refused('flux-kvs: eventlog path none not found\n'));
  });
});

test('options are shown with their description as it stands', async () => {
  expect((await line('ls --help')).stderr).toContain('  -w, --width=COLS       Set output width to COLS.  0 means no limit\n');
});

test('without the module nothing is implemented', async () => {
  await instance.brokers[0]!.modules.remove('kvs');
  const expected = {
    'get a': 'flux-kvs: a: Function not implemented',
    'put a=1': 'flux-kvs: flux_kvs_commit: Function not implemented',
    ls: '.: Function not implemented',
    dir: 'flux-kvs: .: Function not implemented',
    'unlink a': "flux-kvs: cannot unlink 'a': Function not implemented",
    dropcache: 'flux-kvs: flux_kvs_dropcache: Function not implemented',
    'namespace list': 'flux-kvs: kvs.namespace-list: Function not implemented',
    'namespace create n': 'flux-kvs: n: No service matching kvs.namespace-create is registered',
    'eventlog get e': 'flux-kvs: flux_kvs_lookup_get: Function not implemented',
  };
  for (const [text, stderr] of Object.entries(expected)) expect([text, await line(text)]).toEqual([text, refused(`${stderr}\n`)]);
});
