import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import jobValidator from '../../../cli/commands/job-validator';
import { jobtapTopics, shellTopics } from '../../../core/plugin';
import { testInstance } from '../../../core/testing';
import { runCli } from '../../support/command';
import { simpleJobspec } from '../../unit/shell/standalone';
import { ShellInstance } from '../shell/shell-job';

// docs/plugins.md and docs/api.md say what is so: their examples are run, their tables compared.
const root = path.resolve(__dirname, '../../../..');
const guide = fs.readFileSync(path.join(root, 'docs/plugins.md'), 'utf8');
const api = fs.readFileSync(path.join(root, 'docs/api.md'), 'utf8');

let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-guide-'));
  for (const [, name, text] of guide.matchAll(/^```ts\n\/\/ (\S+\.ts)\n([\s\S]*?)^```$/gm))
    fs.writeFileSync(path.join(folder, name!), text!);
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

const example = (name: string) => path.join(folder, name);

test('the broker module of the guide counts', async () => {
  const t = await testInstance();
  try {
    await t.load(0, example('counter.ts'), ['from=2']);
    expect(await t.flux.rpc('counter.add', { by: 1 })).toEqual({ value: 3 });
    await expect(t.flux.rpc('counter.add', { by: -9 })).rejects.toMatchObject({ code: 'ERANGE', text: 'the counter can not be negative' });
    await expect(t.flux.rpc('counter.add', { by: 'x' })).rejects.toMatchObject({ code: 'EPROTO' });
    await expect(t.flux.rpc('counter.add', { by: 1 }, { userid: 42, rolemask: 2 })).resolves.toEqual({ value: 4 });
    await t.flux.publish('counter.reset');
    const seen: unknown[] = [];
    for await (const response of t.flux.stream('counter.down')) seen.push(response);
    expect(seen).toEqual([{ n: 2 }, { n: 1 }]);
  } finally {
    await t.stop();
  }
});

test('the jobtap plugin of the guide limits, annotates and prioritises jobs, as its own test says', async () => {
  const t = await testInstance({ jobtap: [example('fairness.ts')] });
  try {
    await expect(t.submit(['true'], { duration: 7200 })).rejects.toThrow('a job may take 3600 seconds');
    const id = await t.submit(['true'], { urgency: 20 });
    const { job } = await t.flux.rpc<{ job: object }>('job-list.list-id', { id, attrs: ['priority'] });
    expect(job).toMatchObject({ priority: 200 });
    await t.submit(['true'], { urgency: 0 });
    const { jobs } = await t.flux.rpc<{ jobs: object[] }>('job-manager.list', { max_entries: 0 });
    const annotations = { user: { since: expect.any(Number) } };
    expect(jobs).toContainEqual(expect.objectContaining({ urgency: 0, annotations }));
    expect(await t.flux.rpc('job-manager.fairness.limit')).toEqual({ longest: 3600 });
  } finally {
    await t.stop();
  }
});

test('the shell plugin of the guide sets the environment, and warns of a task that failed', async () => {
  fs.writeFileSync(example('initrc.lua'), `plugin.load { file = "${example('stopwatch.ts')}" }\n`);
  const shells = await ShellInstance.start();
  try {
    const run = (options: object) =>
      shells.run({
        jobspec: simpleJobspec(['sh', '-c', 'echo $STOPWATCH; exit 3'], { options }),
        options: { initrc: example('initrc.lua') },
      });
    const on = await run({ stopwatch: 1 });
    expect([on.printed.stdout['0'], on.codes]).toEqual(['on\n', [3]]);
    expect(on.output.map(({ context }) => context)).toContainEqual(
      expect.objectContaining({ message: 'task 0 has failed', component: 'stopwatch' }),
    );
    expect((await run({})).printed.stdout['0']).toBe('off\n');
  } finally {
    await shells.stop();
  }
});

test('the validator of the guide wants a name', async () => {
  const validate = (system: object) =>
    runCli(jobValidator, ['--jobspec-only', `--plugins=${example('named.ts')}`], {
      stdin: `${JSON.stringify({ attributes: { system } })}\n`,
    });
  expect(JSON.parse((await validate({ job: { name: 'x' } })).stdout)).toEqual({ errnum: 0 });
  expect(JSON.parse((await validate({})).stdout)).toMatchObject({
    errnum: 22,
    errstr: expect.stringContaining('wants jobs to have a name'),
  });
});

test('the guide lists every hook there is', () => {
  const listed = [...guide.matchAll(/^\| `((?:job|shell|task)\.[\w.*-]+)` \|/gm)].map(([, topic]) => topic);
  expect(listed).toEqual([...jobtapTopics, ...shellTopics]);
});

test('the guide names every member of a module’s context', () => {
  const types = fs.readFileSync(path.join(root, 'core/plugin/types/module.ts'), 'utf8');
  const context = types.slice(types.indexOf('export interface ModuleContext'));
  const members = [...context.matchAll(/^ {2}(?:readonly )?(\w+)[<(:]/gm)]
    .map(([, name]) => name!)
    .filter((name) => name !== 'name' && name !== 'log');
  const section = guide.slice(guide.indexOf('| member of `m`'), guide.indexOf('## Jobtap plugins'));
  expect(members.filter((name) => !new RegExp(`\`${name}\\b`).test(section))).toEqual([]);
});

describe('the map of C functions', () => {
  // names in flux_jobtap_get_flux(3) … and the headers that the manual shows
  const functions = {
    flux_jobtap:
      'dependency_add dependency_remove epilog_finish epilog_start event_post_pack get_flux get_job_result job_aux_delete job_aux_get job_aux_set job_event_posted job_lookup job_set_flag job_subscribe job_unsubscribe priority_unavail prolog_finish prolog_start raise_exception reject_job reprioritize_all reprioritize_job service_register',
    flux_shell:
      'add_completion_ref add_event_context add_event_handler aux_get aux_set current_task err fatal get_environ get_flux get_info get_jobspec_info get_rank_info getenv getopt getopt_unpack info_unpack jobspec_info_unpack killall log log_setlevel plugstack_call raise rank_info_unpack remove_completion_ref rpc_pack service_register setenvf setopt setopt_pack task_channel_subscribe task_cmd task_first task_get_info task_info_unpack task_next task_subprocess unsetenv',
    flux_plugin: 'add_handler arg_get arg_pack arg_unpack aux_get aux_set conf_unpack get_conf get_name get_shell init register set_name',
  };

  test.each(Object.entries(functions))('has every %s_*', (prefix, names) => {
    const mapped = mappedFunctions();
    expect(names.split(' ').filter((name) => !mapped.has(`${prefix}_${name}`))).toEqual([]);
  });

  const types = (...names: string[]) =>
    names.map((name) => fs.readFileSync(path.join(root, `core/plugin/types/${name}.ts`), 'utf8')).join('\n');
  test.each([
    ['p', types('jobtap', 'common')],
    ['s', types('shell', 'common')],
    ['m', types('module', 'common')],
    ['call', types('jobtap')],
    ['shell', types('shell-objects')],
    ['task', types('shell-objects')],
  ])('names only members that %s has', (object, source) => {
    const named = new Set([...api.matchAll(new RegExp(`\`${object}\\.(\\w+)`, 'g'))].map(([, member]) => member!));
    expect([...named].filter((member) => !new RegExp(`^ {2}(?:readonly )?${member}[<(?:]`, 'm').test(source))).toEqual([]);
  });
});

/** First columns of the tables; `_x` after `flux_shell_y` is `flux_shell_x`. */
function mappedFunctions(): Set<string> {
  const names = new Set<string>();
  for (const [, cell] of api.matchAll(/^\| ([^|]*`[^|]*) \|/gm)) {
    let prefix = '';
    for (const [, name] of cell!.matchAll(/`(\w+)`/g)) {
      prefix = /^flux_[a-z]+/.exec(name!)?.[0] ?? prefix;
      names.add(name!.startsWith('_') ? prefix + name : name!);
    }
  }
  return names;
}
