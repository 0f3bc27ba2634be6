import fs from 'node:fs';
import path from 'node:path';
import { scratch, simpleJobspec, simpleR } from '../../unit/shell/standalone';
import { type JobResult, ShellInstance } from './shell-job';

let two: ShellInstance;
beforeAll(async () => {
  two = await ShellInstance.start(2);
});
afterAll(() => two.stop());

const folder = scratch();
const one = simpleR({ core: '0-1' }, '0');

/** Runs a job with a plugin of this body and an initrc that loads it after `lines`. */
async function run(body: string, { lines = [], options = {}, R = one }: { lines?: string[]; options?: object; R?: object } = {}) {
  const source = `import { defineShellPlugin, FluxError } from 'flux'; export default defineShellPlugin({ name: 'p', api: 1, ${body} });`;
  fs.writeFileSync(path.join(folder(), 'p.ts'), source);
  const initrc = path.join(folder(), 'initrc.lua');
  fs.writeFileSync(initrc, `${[...lines, `plugin.load("${folder()}/p.ts")`].join('\n')}\n`);
  return two.run({ jobspec: simpleJobspec(['true'], { ntasks: 2, options }), R, options: { initrc } });
}

const logs = (job: JobResult) =>
  job.output.filter(({ name }) => name === 'log').map(({ context }) => (context as { message: string }).message);

describe('what plugins give to functions of the shell', () => {
  test.each([
    'shell.aux.get()',
    "shell.aux.set('', 1)",
    "shell.aux.set('a', 1, 'no function')",
    'shell.getopt()',
    "shell.getopt('a', {})",
    'shell.setopt(undefined, 1)',
    "shell.setopt('a', () => {})",
    'shell.getenv()',
    'shell.getenv(3)',
    "shell.setenv('A=B', 'x')",
    "shell.setenv('A', 5)",
    "shell.setenv('A', 'b\\0c')",
    'shell.unsetenv()',
    'shell.addCompletionRef()',
    "shell.addCompletionRef('')",
    'shell.removeCompletionRef(1)',
    'shell.addEventHandler(undefined, () => {})',
    "shell.addEventHandler('kill')",
    "shell.addEventContext('shell.exit', {})",
    "shell.addEventContext('shell.init')",
    "shell.addEventContext('shell.init', [1])",
    "shell.addEventContext('shell.init', { f: () => {}, n: NaN })",
    "shell.serve('', () => {})",
    "shell.serve('method')",
    "shell.rankInfo('0')",
    "shell.killall('TERM')",
    'shell.rpc(undefined, 0)',
    "shell.rpc('x', 0, 'payload')",
    'shell.call()',
    'shell.raise()',
  ])('is refused with EINVAL, with the name of the function: %s', async (call) => {
    const caught = `try { await ${call}; shell.log('taken'); } catch (e) { shell.log(e.code + ' ' + e.message); }`;
    const job = await run(`setup(s) { s.on('shell.init', async (shell) => { ${caught} }); }`);
    const [, name = ''] = /shell\.((?:aux\.)?\w+)/.exec(call)!;
    expect(logs(job)).toEqual([expect.stringMatching(new RegExp(`^EINVAL ${name.replace('.', '\\.')}: `))]);
    expect(job.codes).toEqual([0]);
  });
});

test('an error of a plugin in shell.init is told with its errno', async () => {
  const job = await run("setup(s) { s.on('shell.init', () => { throw new FluxError('EBUSY', 'the device is taken'); }); }");
  expect(job.codes).toEqual([1]);
  expect(logs(job)).toEqual(['the device is taken', "plugin 'p': shell.init failed", 'shell_init: Device or resource busy']);
  expect(job.exceptions).toMatchObject([{ note: 'shell_init: Device or resource busy' }]);
});

test('a completion reference that comes and goes in shell.init ends no shell early', async () => {
  const body = `setup(s) {
    s.on('shell.init', (shell) => { shell.addCompletionRef('x'); shell.removeCompletionRef('x'); });
    s.on('task.exit', (task, shell) => { shell.log('end of task ' + task.rank); });
  }`;
  const job = await run(body, { R: simpleR({ core: '0' }, '0-1') });
  expect(job.codes).toEqual([0, 0]);
  expect(logs(job).sort()).toEqual(['end of task 0', 'end of task 1']);
});

describe('a shell option', () => {
  const unknown = "unknown shell option 'stopwach'";

  test('that nobody looks at is warned of once, with the name that is near', async () => {
    const body = "options: ['stopwatch'], setup() {}";
    const job = await run(body, { options: { stopwach: 1, 'exit-timeout': 'none', zzz: {} }, R: simpleR({ core: '0' }, '0-1') });
    expect(logs(job)).toEqual([`${unknown}, did you mean 'stopwatch'?`, "unknown shell option 'zzz'"]);
    expect(job.codes).toEqual([0, 0]);
  });

  test.each([
    ['read in shell.init', "setup(s) { s.on('shell.init', (shell) => { shell.getopt('stopwach'); }); }"],
    ['read when a task is made', "setup(s) { s.on('task.init', (task, shell) => { shell.getopt('stopwach'); }); }"],
    ['declared, to be read later', "options: ['stopwach'], setup() {}"],
    ['set by a plugin', "setup() {}, join(shell) { shell.setopt('stopwach', 2); }"],
  ])('is known when it is %s', async (_, body) => {
    expect(logs(await run(body, { options: { stopwach: 1 } }))).toEqual([]);
  });

  test('is known when an initrc looks at it', async () => {
    const lines = ['if shell.options.stopwach then shell.setenv("S", "1") end'];
    expect(logs(await run('setup() {}', { lines, options: { stopwach: 1 } }))).toEqual([]);
  });

  test('of a builtin plugin has the members that are known', async () => {
    const options = {
      output: { stdout: { buffer: { type: 'none' }, pth: 'x' } },
      pmi: { exchange: { k: 1 } },
      input: { stdin: { type: 'service' } },
    };
    expect(logs(await run('setup() {}', { options }))).toEqual([
      'using k=1',
      expect.stringContaining("unknown shell option 'output.stdout.pth'"),
    ]);
  });
});
