import { defineCommand } from '../../../../cli/command';
import completion from '../../../../cli/commands/completion';
import { lineWords } from '../../../../cli/commands/completion/line';
import getattr from '../../../../cli/commands/getattr';
import help from '../../../../cli/commands/help';
import job from '../../../../cli/commands/job';
import jobs from '../../../../cli/commands/jobs';
import kvs from '../../../../cli/commands/kvs';
import mini from '../../../../cli/commands/mini';
import module from '../../../../cli/commands/module';
import { runCli } from '../../../support/command';

const commands = [completion, getattr, help, job, jobs, kvs, mini, module];
const answered = (result: { stdout: string }) => result.stdout.split('\n').slice(0, -1);

/** The words that zsh is offered for the last one, without their help. */
const offered = async (...words: string[]) =>
  answered(await runCli(completion, ['words', 'zsh', ...words], { commands })).map((line) => line.split('\t')[0]);

describe('flux completion completes', () => {
  test('commands, with what they do', async () => {
    expect(await offered('jo')).toEqual(['job', 'jobs']);
    expect(answered(await runCli(completion, ['words', 'zsh', 'mi'], { commands }))).toEqual([`mini\t${mini.summary}`]);
    expect(await offered('-v', 'mi')).toEqual(['mini']);
    expect(await offered('--ver')).toEqual(['--verbose', '--version']);
  });

  test('sub-commands, of sub-commands too', async () => {
    expect(await offered('mini', 'b')).toEqual(['bulksubmit', 'batch']);
    expect(await offered('kvs', 'namespace', '')).toEqual(['create', 'remove', 'list']);
    expect(await offered('kvs', 'nosuch', '')).toEqual([':files']);
    expect(await offered('module', 'unl')).toEqual([]); // hidden
  });

  test('options: those of the sub-command, with = where they need a value', async () => {
    expect(await offered('mini', 'bulksubmit', '--d')).toEqual(['--dependency=', '--dry-run', '--define=']);
    expect(await offered('mini', 'submit', '-n')).toEqual(['-n']);
    expect(await offered('mini', 'submit', '-n', '4', '--qui')).toEqual(['--quiet']);
    expect(await offered('mini', 'submit', '-qn', '4', '--qui')).toEqual(['--quiet']);
    expect(await offered('mini', 'submit', '-n4', '--job-n', 'x', '--qui')).toEqual(['--quiet']);
  });

  test('no options where a program has its own, or behind --', async () => {
    expect(await offered('mini', 'run', 'hostname', '--')).toEqual([':files']);
    expect(await offered('kvs', 'get', 'key', '--')).toEqual([':files']);
    expect(await offered('jobs', '--', '--')).toEqual([]);
    expect(await offered('jobs', 'ƒ1', '--co')).toEqual(['--count=', '--color=']);
  });

  test('values: what there is to choose from, files where files are meant', async () => {
    expect(await offered('jobs', '--color', '')).toEqual(['never', 'always', 'auto']);
    expect(await offered('jobs', '--col=al')).toEqual(['--col=always']);
    expect(await offered('mini', 'run', '--output=')).toEqual([':files']);
    expect(await offered('mini', 'run', '--job-name=')).toEqual([]);
    expect(await offered('mini', 'run', './')).toEqual([':files']);
  });

  test('the topics of help, and the shells', async () => {
    expect(await offered('help', 'm')).toEqual(['mini', 'module']);
    expect(await offered('help', 'mini', 'r')).toEqual(['run']);
    expect(await offered('completion', '')).toEqual(['bash', 'zsh']);
  });

  test('jobs, modules and attributes from what the instance has; none without one', async () => {
    const prints = (name: string, text: string) => defineCommand({ name, summary: '', run: (ctx) => ctx.stdout.write(text) });
    const asked = async (other: ReturnType<typeof prints>, ...words: string[]) =>
      answered(
        await runCli(completion, ['words', 'zsh', ...words], { commands: [other, ...commands.filter(({ name }) => name !== other.name)] }),
      );
    expect(await asked(prints('jobs', 'ƒ2x\tsleep\nƒ1x\tmy job\n'), 'job', 'cancel', 'ƒ2')).toEqual(['ƒ2x\tsleep']);
    expect(await asked(prints('lsattr', 'rank\nsize\n'), 'getattr', '')).toEqual(['rank\t', 'size\t']);
    expect(await offered('job', 'cancel', '')).toEqual([]);
  });
});

describe('words of bash', () => {
  test.each<[string, string[]]>([
    ['flux', ['flux']],
    ['flux ', ['flux', '']],
    ['flux  mini  r', ['flux', 'mini', 'r']],
    [' flux', ['flux']],
    [`flux 'a b' "c \\" d"e f\\ g`, ['flux', 'a b', 'c " de', 'f g']],
    [`flux 'a b`, ['flux', 'a b']],
    ['flux "a', ['flux', 'a']],
    ['flux a\\', ['flux', 'a']],
    ['flux "" ', ['flux', '', '']],
    ['flux "$HOME"/x', ['flux', '$HOME/x']],
  ])('%s', (line, words) => {
    expect(lineWords(line)).toEqual(words);
  });

  test('its readline replaces what follows = or : only', async () => {
    const asked = async (line: string) => answered(await runCli(completion, ['words', 'bash', line], { commands }));
    expect(await asked('flux jobs --color=al')).toEqual(['always\t']);
    expect(await asked('flux jobs --col')).toEqual([expect.stringMatching(/^--color=\t/)]);
    expect(await asked('flux mini ru')).toEqual(['run\trun a job interactively']);
  });
});

test('there is one for bash and one for zsh', async () => {
  expect((await runCli(completion, ['bash'])).stdout).toContain('complete -F _flux flux\n');
  expect((await runCli(completion, ['zsh'])).stdout).toMatch(/^#compdef flux\n/);
  const usage = 'Usage: flux-completion bash|zsh\n';
  expect(await runCli(completion, [])).toEqual({ status: 1, stdout: '', stderr: usage });
  expect((await runCli(completion, ['fish'])).stderr).toBe(`flux-completion: there is no completion for fish\n${usage}`);
});
