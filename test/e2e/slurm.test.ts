import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { libraryPlaces } from '../../core/pmi/find-library';
import { missingOfSlurm, SlurmCluster } from '../support/slurm';
import { flux, isInstalled, type Ran, run, testWith } from './processes';

const missing = missingOfSlurm();
const library = libraryPlaces({}).some((place) => fs.existsSync(place)) ? undefined : "Slurm's libpmi is not installed";
const underSlurm = (name: string, body: () => Promise<void>, alsoMissing?: string) =>
  testWith((missing ?? alsoMissing) === undefined, missing ?? alsoMissing ?? '', name, body);

let dir: string;
let cluster: SlurmCluster;
beforeAll(async () => {
  if (missing !== undefined) return;
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'slurm-'));
  cluster = await SlurmCluster.start(dir);
});
afterAll(async () => {
  if (missing !== undefined) return;
  await cluster.stop();
  fs.rmSync(dir, { recursive: true });
});

/** Brokers that don't know that they are on one node listen on the address of the host's name. */
const env = (more: Record<string, string> = {}) => ({ ...cluster.env, FLUX_IPADDR_HOSTNAME: '1', ...more });
const slurm = (argv: string[], more?: Record<string, string>): Promise<Ran> => run(argv, { env: env(more) });
const srun = (options: string[], line: string): Promise<Ran> => slurm(['srun', '-O', ...options, flux, 'start', line]);

/** Runs a line in the shell of an allocation, which is a step of one task. */
const salloc = (line: string): Promise<Ran> => run(['salloc', '-Q', '-n4', '-O'], { env: env(), stdin: `${line}\n` });

/** Submits a script, and gives what it writes. `sbatch --wait` asks every ten seconds; the end of a pipe is there at once. */
async function batch(options: string[], script: string): Promise<string> {
  const file = path.join(dir, 'script');
  const output = path.join(dir, 'output');
  await run(['mkfifo', output]);
  fs.writeFileSync(file, `#!/bin/bash\nexec >${output} 2>&1\n${script}\n`);
  const { status, stderr } = await slurm(['sbatch', '-O', ...options, '--output=/dev/null', file]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const text = await fs.promises.readFile(output, 'utf8');
  fs.rmSync(output);
  return text;
}

describe('tasks of srun are the brokers of one instance', () => {
  underSlurm(
    'through the libpmi.so of Slurm, where srun serves no PMI of its own',
    async () => {
      const { status, stdout } = await srun(['-n4'], 'flux getattr size; flux exec -n flux getattr rank | sort');
      expect({ status, stdout }).toEqual({ status: 0, stdout: '4\n0\n1\n2\n3\n' });
    },
    library,
  );

  underSlurm('through the descriptor of --mpi=pmi2, which says that they are on one node', async () => {
    const { status, stdout } = await srun(
      ['--mpi=pmi2', '-n3'],
      'flux getattr size; flux getattr broker.mapping; flux getattr tbon.endpoint; exit 4',
    );
    expect({ status, stdout }).toEqual({ status: 4, stdout: expect.stringMatching(/^3\n\(vector,\(0,1,3\)\)\nipc:\/\//) });
  });

  underSlurm('in a batch script', async () => {
    expect(await batch(['-n3'], `srun -O --mpi=pmi2 ${flux} start flux getattr size`)).toBe('3\n');
  });
});

describe('of an allocation of several tasks', () => {
  underSlurm('flux start alone is an instance of one in salloc, and of all below its srun', async () => {
    const line = `echo $SLURM_STEP_NUM_TASKS of $SLURM_NTASKS; ${flux} start flux getattr size`;
    expect(await salloc(line)).toMatchObject({ status: 0, stdout: '1 of 4\n1\n', stderr: '' });
    expect(await salloc(`srun -O --mpi=pmi2 ${flux} start flux getattr size`)).toMatchObject({ status: 0, stdout: '4\n' });
  });

  underSlurm('flux start without srun is an instance of one in a batch script, and nothing to complain of', async () => {
    expect(await batch(['-n4'], `${flux} start flux getattr size 2>&1`)).toBe('1\n');
  });
});

describe('an instance that srun has started', () => {
  const hydra = isInstalled('mpiexec.hydra') ? undefined : 'mpiexec.hydra is not installed';

  underSlurm('hands its programs what the job of Slurm is called, and not where its tasks are', async () => {
    const { stdout } = await srun(
      ['--mpi=pmi2', '-n2'],
      "env | grep -oE '^(SLURM|PMI)[^=]*'; flux mini run env | grep -oE '^(SLURM|PMI)[^=]*'",
    );
    const names = stdout.split('\n');
    expect(names.filter((name) => name === 'SLURM_JOB_ID')).toHaveLength(2);
    expect(names.filter((name) => /NODE|TASK|STEP|PROC|SRUN|JOBID|CPU|PMI_JOBID/.test(name))).toEqual([]);
  });

  underSlurm(
    "runs Hydra's mpiexec as a job, which would take the nodes of Slurm for its own",
    async () => {
      expect(await srun(['--mpi=pmi2', '-n2'], 'flux mini run mpiexec.hydra -n 2 echo task')).toMatchObject({
        status: 0,
        stdout: 'task\ntask\n',
      });
    },
    hydra,
  );

  underSlurm('leads srun to the same allocation', async () => {
    const line = "echo $SLURM_JOB_ID; srun --overlap -O -n2 sh -c 'echo $SLURM_JOB_ID'";
    const { status, stdout } = await srun(['--mpi=pmi2', '-n2'], line);
    const ids = stdout.trim().split('\n');
    expect({ status, ids }).toEqual({ status: 0, ids: [ids[0], ids[0], ids[0]] });
  });
});

describe('an instance that nobody launched', () => {
  const inside = (line: string): Promise<Ran> => slurm([flux, 'start', line]);

  underSlurm('runs srun, from its initial program and from a job', async () => {
    const line = 'srun -O -n2 echo task; flux mini run srun -O -n2 echo task of a job';
    expect(await inside(line)).toMatchObject({ status: 0, stdout: 'task\ntask\ntask of a job\ntask of a job\n' });
  });

  underSlurm(
    'has an instance below it whose brokers srun starts: the PMI of the job in between is not theirs',
    async () => {
      expect(await inside('flux mini run srun -O -n3 flux start flux getattr size')).toMatchObject({ status: 0, stdout: '3\n' });
    },
    library,
  );
});
