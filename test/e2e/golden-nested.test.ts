import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { golden } from '../unit/formats/golden';
import { flux, run } from './processes';

type Table = Record<string, string>;
interface Nested {
  jobspec_system_without_environment: { batch: { script: string } };
  jobspec_command: string[];
  child_broker_attrs_rank0: Table;
  memo_event_context: object;
  'child_resource.R': object;
  initial_program_env: Table;
  task_env_of_job_in_child: Table;
}
const { nested: recorded } = golden<{ nested: Nested }>('shell.json');

const PREFIXES = 'FLUX|PMI|MPIRUN|OMPI|TMPDIR|CUDA|LD_LIBRARY';
/** Of `flux start -s`, and of these tests: handed down to all that runs below. */
const HANDED_DOWN = ['FLUX_START_URI', 'FLUX_TEST_SCRATCH'];
const SCRIPT = `#!/bin/bash
for name in ${Object.keys(recorded.child_broker_attrs_rank0).join(' ')} foo; do echo "attr $name=$(flux getattr $name)"; done
printf 'arg %s\\n' "$@"
env | grep -E '^(${PREFIXES})' | sed 's/^/env /'
flux mini run -n1 env | grep -E '^(${PREFIXES})' | sed 's/^/task /'
echo "R $(flux kvs get resource.R)"
`;
const OUTSIDE = `
echo "rundir $(flux getattr rundir)"
id=$(env -u TMPDIR flux mini batch -N2 -n2 --broker-opts=-v,-Sfoo=bar ./script.sh a 'b c')
flux job attach $id 2>attached
cat flux-$id.out
echo "memo $(flux job eventlog --format=json $id | grep '"memo"')"
echo "jobspec $(flux job info $id jobspec)"
`;

/** Where it was run and as which jobs, in what was recorded and in what is compared with it. */
interface Place {
  rundir: string;
  host: string;
  cwd: string;
  /** The batch job, and the job in it. */
  jobs: [string, string];
}

/** Without the names of the place: run directories, host, working directory, ids of jobs. */
function placeless<T>(value: T, { rundir, host, cwd, jobs: [outer, inner] }: Place): T {
  const text = JSON.stringify(value)
    .replaceAll(rundir, 'RUNDIR')
    .replaceAll(cwd, 'CWD')
    .replaceAll(outer, 'OUTER')
    .replaceAll(inner, 'INNER')
    .replace(/flux-\w{6}\b/g, 'flux-XXXXXX')
    .replace(/job-\d+/g, 'job-N')
    .replace(new RegExp(`(?<=["/,])${host}(?=[",/R])`, 'g'), 'HOST');
  return JSON.parse(text) as T;
}

/** An environment without what differs with the installation: the values of paths to its files, and which descriptor is free. */
const installed = (env: Table) =>
  Object.fromEntries(
    Object.entries(env)
      .filter(([name]) => !HANDED_DOWN.includes(name))
      .map(([name, value]) => [name, /_PATH$|_file_prefix$|^PMI_FD$/.test(name) ? 'HERE' : value]),
  );

test('flux mini batch: its jobspec, its instance, and the environments in it are as recorded', async () => {
  const cwd = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-nested-'));
  try {
    fs.writeFileSync(path.join(cwd, 'script.sh'), SCRIPT, { mode: 0o755 });
    const { status, stdout, stderr } = await run([flux, 'start', '-s2', OUTSIDE], { cwd });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const lines = (kind: string) =>
      stdout
        .split('\n')
        .filter((line) => line.startsWith(`${kind} `))
        .map((line) => line.slice(kind.length + 1));
    const table = (kind: string): Table => Object.fromEntries(lines(kind).map((line) => line.split(/=(.*)/s).slice(0, 2)));
    const [env, task] = [table('env'), table('task')];
    // Every task gets it; what was recorded of the job in the job is without.
    expect(task['LD_LIBRARY_PATH']).toBe(env['LD_LIBRARY_PATH']);
    delete task['LD_LIBRARY_PATH'];
    const { foo, ...attributes } = table('attr');
    expect([foo, lines('arg')]).toEqual(['bar', ['a', 'b c']]);

    const { attributes: of, tasks } = JSON.parse(lines('jobspec')[0]!);
    const { environment: _, ...system } = of.system;
    expect(system.batch.script).toBe(SCRIPT);
    const ours: Place = {
      rundir: lines('rundir')[0]!,
      host: os.hostname(),
      cwd,
      jobs: [attributes['jobid']!, task['FLUX_JOB_ID']!],
    };
    const seen = {
      system: { ...system, batch: { ...system.batch, script: '<file text>' } },
      command: tasks[0].command,
      attributes,
      memo: JSON.parse(lines('memo')[0]!).context,
      R: JSON.parse(lines('R')[0]!),
      env: installed(env),
      task: installed(task),
    };
    const theirs: Place = {
      rundir: '@PARENTRUNDIR@',
      host: 'vm',
      cwd: '@WORK@',
      jobs: [recorded.child_broker_attrs_rank0['jobid']!, recorded.task_env_of_job_in_child['FLUX_JOB_ID']!],
    };
    const then = {
      system: recorded.jobspec_system_without_environment,
      command: recorded.jobspec_command,
      attributes: recorded.child_broker_attrs_rank0,
      memo: recorded.memo_event_context,
      R: recorded['child_resource.R'],
      env: installed(recorded.initial_program_env),
      task: installed(recorded.task_env_of_job_in_child),
    };
    expect(placeless(seen, ours)).toEqual(placeless(then, theirs));
  } finally {
    fs.rmSync(cwd, { recursive: true });
  }
});
