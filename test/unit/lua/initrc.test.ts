import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { stockFiles } from '../../../core/shell/initrc/stock';
import { runStandalone, scratch, simpleJobspec, simpleR } from '../shell/standalone';

const folder = scratch();
const write = (name: string, ...lines: string[]) => {
  const file = path.join(folder(), name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
};
const printEnv = (...names: string[]) => ['sh', '-c', `echo ${names.map((name) => `$${name}`).join(' ')}`];

describe('initrc', () => {
  test('the shipped files are those that their TypeScript twin was written for', () => {
    const root = path.join(__dirname, '../../../initrc');
    const shipped = [
      'initrc.lua',
      ...fs
        .readdirSync(path.join(root, 'lua.d'))
        .filter((name) => name.endsWith('.lua'))
        .map((name) => `lua.d/${name}`),
    ];
    const digests = shipped.map((name) => [
      name,
      createHash('sha1')
        .update(fs.readFileSync(path.join(root, name)))
        .digest('hex'),
    ]);
    expect(Object.fromEntries(digests)).toEqual(stockFiles);
  });

  test('sets options and environment before the builtin plugins look', async () => {
    const initrc = write(
      'rc.lua',
      'shell.setenv("A", "from rc")',
      'shell.options.output = { stdout = { type = "file", path = "out.{{id.dec}}" } }',
    );
    const run = await runStandalone(simpleJobspec(printEnv('A'), { cwd: folder() }), simpleR(), { initrc });
    expect(run).toEqual({ rc: 0, stdout: '', stderr: '' });
    expect(fs.readFileSync(path.join(folder(), 'out.1234'), 'utf8')).toBe('from rc\n');
  });

  test('a Lua plugin sees every callback, with its task', async () => {
    const initrc = write(
      'rc.lua',
      'local function show(topic)',
      '  local ok, info = pcall(function() return task.info end)',
      '  print(topic, ok and info.rank or "-", ok and info.state or "-", ok and info.exitcode or "-")',
      'end',
      'plugin.register { name = "all", handlers = { { topic = "task.*", fn = show }, { topic = "shell.[!l]*", fn = show } } }',
    );
    const { stdout, stderr } = await runStandalone(simpleJobspec(['sh', '-c', 'exit 3'], { ntasks: 2 }), simpleR(), { initrc });
    expect(stderr).toBe('');
    const lines = stdout.trimEnd().split('\n');
    expect(lines.slice(0, 8)).toEqual([
      'shell.init\t-\t-\t-',
      'task.init\t0\tInit\t-',
      '0: task.exec\t0\tExec\t-', // the task's output
      'task.fork\t0\tRunning\t-',
      'task.init\t1\tInit\t-',
      '1: task.exec\t1\tExec\t-',
      'task.fork\t1\tRunning\t-',
      'shell.start\t-\t-\t-',
    ]);
    expect(lines.slice(8, 10).sort()).toEqual(['task.exit\t0\tExited\t3', 'task.exit\t1\tExited\t3']);
    expect(lines.slice(10)).toEqual(['shell.exit\t-\t-\t-']);
  });

  test('what a callback of task.exec writes is the task’s output, before its own', async () => {
    const initrc = write(
      'rc.lua',
      'plugin.register { handlers = { { topic = "task.exec", fn = function()',
      '  io.stdout:write("one ", task.info.rank, "\\n") print("two") io.write("thr") io.stderr:write("error\\n")',
      'end } } }',
    );
    const run = await runStandalone(simpleJobspec(['echo', 'ee']), simpleR(), { initrc });
    expect(run).toEqual({ rc: 0, stdout: '0: one 0\n0: two\n0: three\n', stderr: '0: error\n' });
  });

  test('files that source each other fail the job', async () => {
    const [one, two] = ['one.lua', 'two.lua'].map((name) => path.join(folder(), name));
    write('two.lua', `source("${one}")`);
    const initrc = write('one.lua', `source("${two}")`);
    const { rc, stderr } = await runStandalone(simpleJobspec(['true']), simpleR(), { initrc });
    expect(rc).toBe(1);
    expect(stderr).toContain(`ERROR: ${two}: chunk has too many syntax levels\n`);
    expect(stderr).toMatch(new RegExp(`FATAL: loading rc file ${one}: .*\n$`));
  });

  test('task.setenv and unsetenv reach the task', async () => {
    const initrc = write(
      'rc.lua',
      'plugin.register { handlers = { { topic = "task.init", fn = function()',
      '  task.setenv("WHO", "task" .. task.info.rank)',
      '  task.setenv("KEEP", "no", 0)',
      '  task.unsetenv("DROP")',
      'end } } }',
    );
    const environment = { PATH: '/bin:/usr/bin', KEEP: 'kept', DROP: 'x' };
    const run = await runStandalone(simpleJobspec(printEnv('WHO', 'KEEP', 'DROP'), { environment }), simpleR(), { initrc });
    expect(run).toEqual({ rc: 0, stdout: '0: task0 kept\n', stderr: '' });
  });

  test.each([
    ['return false', "ERROR: plugin 'p': task.init failed\nflux-shell: FATAL: failed to initialize taskid=0"],
    ['return nil', "ERROR: plugin 'p': task.init failed\nflux-shell: FATAL: failed to initialize taskid=0"],
    [
      'error("oops")',
      "ERROR: lua plugin p: @:1: oops\nflux-shell: ERROR: plugin 'p': task.init failed\nflux-shell: FATAL: failed to initialize taskid=0",
    ],
    ['shell.die("enough")', 'FATAL: enough'],
  ])('a handler that says %s fails the task', async (body, expected) => {
    const initrc = write('rc.lua', `plugin.register { name = "p", handlers = { { topic = "task.init", fn = function() ${body} end } } }`);
    const run = await runStandalone(simpleJobspec(['true']), simpleR(), { initrc });
    expect(run).toEqual({ rc: 1, stdout: '', stderr: `flux-shell: ${expected.replace('@', initrc)}\n` });
  });

  test.each(['return 0', 'return true', 'return'])('a handler that says %s succeeds', async (body) => {
    const initrc = write('rc.lua', `plugin.register { handlers = { { topic = "task.init", fn = function() ${body} end } } }`);
    expect((await runStandalone(simpleJobspec(['true']), simpleR(), { initrc })).rc).toBe(0);
  });

  test('a file that is sourced fails with its own error, then its caller’s', async () => {
    const inner = write('inner.lua', 'local x = nil + 1');
    const initrc = write('rc.lua', `source("${path.dirname(inner)}/in*.lua")`);
    const run = await runStandalone(simpleJobspec(['true']), simpleR(), { initrc });
    expect(run.rc).toBe(1);
    expect(run.stderr.split('\n')).toEqual([
      `flux-shell: ERROR: ${inner}:1: attempt to perform arithmetic on a nil value`,
      `flux-shell: ERROR: ${initrc}:1: source ${inner} failed`,
      `flux-shell: FATAL: loading rc file ${initrc}: No such file or directory`,
      '',
    ]);
  });

  test('a syntax error names file and line', async () => {
    const initrc = write('rc.lua', '', 'if then');
    const run = await runStandalone(simpleJobspec(['true']), simpleR(), { initrc });
    expect(run.stderr).toMatch(new RegExp(`^flux-shell: ERROR: ${initrc}: ${initrc}:2: .*\nflux-shell: FATAL: loading rc file`));
  });

  test('FLUX_SHELL_RC_PATH and -o mpi=NAME@VERSION choose further files', async () => {
    write('site/mpi/foo.lua', 'print("foo")');
    write('site/mpi/foo@1.2.lua', 'print("foo 1.2")');
    write('site/extra.lua', 'print("extra")');
    const rc = write('rc.lua', 'shell.source_rcpath("*.lua")', 'shell.source_rcpath_option("mpi")');
    const environment = { PATH: '/bin:/usr/bin', FLUX_SHELL_RC_PATH: path.join(folder(), 'site') };
    const jobspec = simpleJobspec(['true'], { environment, options: { mpi: 'foo@1.2' } });
    const run = await runStandalone(jobspec, simpleR(), { initrc: rc });
    expect(run).toEqual({ rc: 0, stdout: 'extra\nfoo\nfoo 1.2\n', stderr: '' });
  });

  test('-o mpi=spectrum sets the stack limit and environment of tasks', async () => {
    const root = path.join(__dirname, '../../../initrc');
    const initrc = write('rc.lua', `source("${root}/lua.d/mpi/spectrum.lua")`);
    const environment = { PATH: '/bin:/usr/bin', PMIX_A: '1', OMPI_B: '2' };
    const command = ['sh', '-c', 'echo $(ulimit -Ss) $OMPI_COMM_WORLD_RANK $OMPI_MCA_pml [$PMIX_A$OMPI_B] $LD_LIBRARY_PATH [$LD_PRELOAD]'];
    const run = await runStandalone(simpleJobspec(command, { environment }), simpleR(), { initrc });
    expect(run.stdout).toBe('0: 10240 0 yalla [] /opt/ibm/spectrum_mpi/lib/pami_port []\n');
    expect(run.stderr).toBe('');
  });

  test('files can be read and written', async () => {
    const file = path.join(folder(), 'data.txt');
    const initrc = write(
      'rc.lua',
      `local f = assert(io.open("${file}", "w")) f:write("one\\n", 2, "\\nthree") f:close()`,
      `for line in io.lines("${file}") do io.write("[", line, "]") end print()`,
      `f = io.open("${file}") print(f:read("l", "n", 1, "a")) print(f:read("a"), f:read("l"), io.type(f)) f:close() print(io.type(f))`,
      `f = io.open("${file}", "a") f:write("!") f:close() print(io.open("${file}"):read("*a"):sub(-6))`,
      'print(io.open("/no/such"))',
    );
    const run = await runStandalone(simpleJobspec(['true']), simpleR(), { initrc });
    expect(run.stderr).toBe('');
    expect(run.stdout.split('\n')).toEqual([
      '[one][2][three]',
      'one\t2\t',
      '\tthree',
      '\tnil\tfile',
      'closed file',
      'three!',
      'nil\t/no/such: No such file or directory\t2',
      '',
    ]);
  });
});
