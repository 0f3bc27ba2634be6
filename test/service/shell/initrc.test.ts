import fs from 'node:fs';
import path from 'node:path';
import { scratch, simpleJobspec } from '../../unit/shell/standalone';
import { type JobResult, ShellInstance } from './shell-job';

const root = path.join(__dirname, '../../..');
let one: ShellInstance;
beforeAll(async () => {
  one = await ShellInstance.start(1);
});
afterAll(() => one.stop());

const folder = scratch();
const write = (name: string, ...lines: string[]) => {
  const file = path.join(folder(), name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
};
const logs = (job: JobResult) =>
  job.output
    .filter(({ name }) => name === 'log')
    .map(({ context }) => {
      const { component, message } = context as { component?: string; message: string };
      return component === undefined ? message : `${component}: ${message}`;
    });
const plugin = (name: string, body: string) =>
  `import { defineShellPlugin } from 'flux'; export default defineShellPlugin({ name: '${name}', api: 1, ${body} });`;

describe('the shipped initrc', () => {
  test.each([
    { PATH: '/bin:/usr/bin' },
    {
      PATH: '/bin:/usr/bin',
      LD_LIBRARY_PATH: '/a:/b',
      I_MPI_PMI_LIBRARY: 'x',
      OMPI_MCA_pmix: 'other',
      OMPI_MCA_mca_base_envar_file_prefix: '/x',
    },
    { PATH: '/bin:/usr/bin', LD_LIBRARY_PATH: '/opt/flux/lib:/b' },
    { PATH: '/bin:/usr/bin', LD_LIBRARY_PATH: '', OMPI_MCA_pmix: 'flux', OMPI_MCA_schizo: 'flux' },
  ])('does in Lua what its TypeScript twin does: %j', async (environment) => {
    write('site/one.ts', plugin('one', "setup(s) { s.on('task.init', (task) => { task.env.FROM_ONE = '1'; }); }"));
    fs.cpSync(path.join(root, 'initrc'), path.join(folder(), 'copy'), { recursive: true });
    const lua = path.join(root, 'initrc/lua');
    const run = async (initrc: string) => {
      const job = await one.run({
        jobspec: simpleJobspec(['env'], { environment, options: { verbose: 2 } }),
        options: { initrc, paths: { plugins: path.join(folder(), 'site'), initrc: path.join(root, 'initrc/initrc.lua'), lua } },
      });
      const env = Object.fromEntries(
        job.printed.stdout['0']!.trimEnd()
          .split('\n')
          .map((line) => line.split(/=(.*)/s).slice(0, 2) as [string, string]),
      );
      const own = /(job-|ƒ|jobtmp).*$/;
      return {
        codes: job.codes,
        env: Object.fromEntries(
          Object.entries(env).map(([name, value]) => [name, value.replace(own, '$1').replace(path.dirname(initrc), 'RC')]),
        ),
        logs: logs(job).map((line) => line.replaceAll(path.dirname(initrc), 'RC')),
      };
    };
    const inLua = await run(path.join(folder(), 'copy/initrc.lua'));
    const twin = await run(path.join(root, 'initrc/initrc.lua'));
    expect(twin).toEqual(inLua);
    expect(twin.codes).toEqual([0]);
    expect(twin.env).toMatchObject({
      FROM_ONE: '1',
      MPIRUN_RANK: '0',
      OMPI_MCA_pmix_flux_priority: '1',
      LD_LIBRARY_PATH: expect.stringMatching(/^\/opt\/flux\/lib/),
    });
  });

  test('with -o userrc runs in Lua, the user’s file last', async () => {
    const userrc = write(
      'user.lua',
      'shell.setenv("SAW", shell.getenv("OMPI_MCA_pmix_flux_priority"))',
      'local f = require("flux").new()',
      'shell.setenv("ATTR", f:getattr("size"))',
      'print(f:getattr("no-such-attribute"))',
    );
    const job = await one.run({ jobspec: simpleJobspec(['sh', '-c', 'echo $SAW $ATTR $MPIRUN_RANK'], { options: { userrc } }) });
    expect(job.printed.stdout['0']).toBe('1 1 0\n');
    expect(job.stdout).toBe('nil\tNo such file or directory\n');
  });

  test('a userrc that is missing is fatal', async () => {
    const job = await one.run({ jobspec: simpleJobspec(['true'], { options: { userrc: '/no/such.lua' } }) });
    expect(job.codes).toEqual([1]);
    expect(job.exceptions).toMatchObject([{ note: expect.stringMatching(/^loading rc file .*initrc\.lua: No such file or directory$/) }]);
  });
});

describe('plugin.load', () => {
  const run = (rc: string[], options: object = {}) =>
    one.run({ jobspec: simpleJobspec(['sh', '-c', 'echo $A$B$C'], { options }), options: { initrc: write('rc.lua', ...rc) } });

  test('loads JavaScript and TypeScript, CommonJS and ESM, files and folders; later ones are called later', async () => {
    const append = (value: string) => `setup(s) { s.on('task.init', (task) => { task.env.A = (task.env.A ?? '') + '${value}'; }); }`;
    write('a.ts', plugin('a', append('a')));
    write(
      'b.cjs',
      `const { defineShellPlugin } = require('flux'); module.exports = defineShellPlugin({ name: 'b', api: 1, ${append('b')} });`,
    );
    write('c.mjs', plugin('c', append('c')));
    write(
      'd/index.ts',
      "import { append } from './helper'; import { defineShellPlugin } from 'flux';",
      "export default defineShellPlugin({ name: 'd', api: 1, setup: append });",
    );
    write(
      'd/helper.ts',
      "import type { ShellPluginContext } from 'flux'; export function append(s: ShellPluginContext) { s.on('task.init', (task) => { task.env['A'] += 'd'; }); }",
    );
    const job = await run([`plugin.load("${folder()}/*.so")`]);
    expect(job.stderr).toBe('');
    expect(job.printed.stdout['0']).toBe('abcd\n');
  });

  test('says of a C plugin that it is one; a glob passes over it', async () => {
    write('c/old.so', '\x7fELF');
    write('c/new.ts', plugin('new', "setup(s) { s.on('task.init', (task) => { task.env.A = 'new'; }); }"));
    const text = `${folder()}/c/old.so is a C plugin; see docs/migration.md`;
    const all = await run([`plugin.load("${folder()}/c/*.so")`]);
    expect(all.printed.stdout['0']).toBe('new\n');
    expect(all.output.filter(({ name }) => name === 'log').map(({ context }) => context)).toMatchObject([{ level: 4, message: text }]);
    const named = await run([`plugin.load("${folder()}/c/old.so")`]);
    expect(named.codes).toEqual([1]);
    expect(named.stderr).toContain(`flux-shell: ERROR: ${text}\n`);
  });

  test('gives conf to the plugin, checked by its schema', async () => {
    write(
      'p.ts',
      "import { defineShellPlugin, t } from 'flux';",
      "export default defineShellPlugin({ name: 'p', api: 1, config: t.object({ word: t.string(), n: t.int({ default: 2 }) }),",
      "setup(s) { s.on('task.init', (task) => { task.env['A'] = s.conf.word.repeat(s.conf.n); }); } });",
    );
    expect((await run([`plugin.load { file = "${folder()}/p.ts", conf = { word = "hi" } }`])).printed.stdout['0']).toBe('hihi\n');
    const bad = await run([`plugin.load { file = "${folder()}/p.ts", conf = { word = 3 } }`]);
    expect(bad.codes).toEqual([1]);
    expect(bad.stderr).toMatch(
      /^flux-shell: ERROR: p: word: expected string, got 3\nflux-shell: ERROR: .*rc\.lua:1: plugin\.load: .*p\.ts: Invalid argument\nflux-shell: FATAL: loading rc file/,
    );
  });

  test('a plugin of a builtin’s name replaces it', async () => {
    write('doom.ts', plugin('doom', "setup(s) { s.on('shell.init', (shell) => shell.setenv('A', 'no doom')); }"));
    const job = await run([`plugin.load("${folder()}/doom.ts")`], { 'exit-timeout': 'foo' });
    expect(job.printed.stdout['0']).toBe('no doom\n');
    expect(job.exec.map(({ name }) => name)).toEqual(['shell.init', 'shell.start']);
  });

  test('a plugin that joins can set options before any builtin looks', async () => {
    write(
      'quiet.ts',
      plugin('quiet', "setup() {}, join(shell) { shell.setopt('exit-timeout', 'none'); shell.setenv('A', String(shell.info.ntasks)); }"),
    );
    const job = await run([`plugin.load("${folder()}/quiet.ts")`], { 'exit-timeout': 'foo' });
    expect([job.codes, job.printed.stdout['0']]).toEqual([[0], '1\n']);
  });

  test.each([
    ['const x = ;', /^flux-shell: ERROR: .*p\.ts:1: /],
    ['throw new Error("at load");', /^flux-shell: ERROR: .*p\.ts:1: at load/],
    [
      "import { defineModule } from 'flux'; export default defineModule({ name: 'p', api: 1, async main() {} });",
      /^flux-shell: ERROR: .*p\.ts: is a broker module, not a shell plugin/,
    ],
    [plugin('p', "setup() { throw new Error('in setup'); }"), /^flux-shell: ERROR: in setup/],
    [plugin('p', "setup() {}, join() { throw new Error('in join'); }"), /^flux-shell: ERROR: in join/],
  ])('a plugin that can’t be loaded fails the initrc: %s', async (source, message) => {
    write('p.ts', source);
    const job = await run([`plugin.load("${folder()}/p.ts")`]);
    expect(job.codes).toEqual([1]);
    expect(job.stderr).toMatch(message);
  });

  test.each([
    ['shell.init', 'shell_init: Invalid argument', 1],
    ['task.init', 'failed to initialize taskid=0', 1],
    ['task.fork', 'shell_task_forked', 1],
    ['shell.start', 'shell.start callback(s) failed', 1],
    ['task.exec', undefined, 0],
    ['task.exit', undefined, 0],
    ['shell.exit', undefined, 1],
  ])('a handler of %s that throws is logged with its plugin', async (topic, fatal, code) => {
    write('p.ts', plugin('p', `setup(s) { s.on('${topic}', () => { throw new TypeError('oops'); }); }`));
    const job = await run([`plugin.load("${folder()}/p.ts")`]);
    expect(job.codes).toEqual([code]);
    expect(logs(job)).toEqual(expect.arrayContaining([expect.stringMatching(/^p: TypeError: oops/), `plugin 'p': ${topic} failed`]));
    expect(job.exceptions).toEqual(fatal === undefined ? [] : [{ type: 'exec', severity: 0, note: fatal }]);
  });

  test('plugins serve methods, call each other, and keep the shell running', async () => {
    write(
      'p.ts',
      plugin(
        'p',
        `setup(s) {
          s.on('shell.init', (shell) => {
            shell.addCompletionRef('asked');
            shell.serve('ask', async ({ n }) => { const ok = await shell.call('p.asked', { n }); shell.removeCompletionRef('asked'); return { ok, rank: shell.info.rank }; });
            shell.addEventContext('shell.init', { extra: 1 });
          });
          s.on('shell.start', (shell) => { void shell.rpc('ask', 0, { n: 5 }).then((answer) => shell.log(JSON.stringify(answer))); });
        }`,
      ),
    );
    write('q.ts', plugin('q', "setup(s) { s.on('p.*', (shell, args, topic) => shell.log(topic + ' ' + args.n)); }"));
    const job = await run([`plugin.load("${folder()}/*.ts")`]);
    expect(job.codes).toEqual([0]);
    expect(logs(job)).toEqual(['q: p.asked 5', 'p: {"ok":true,"rank":0}']);
    expect(job.exec[0]!.context).toMatchObject({ extra: 1 });
  });
});
