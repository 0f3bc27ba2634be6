import { isLaunchers } from '../../../core/pmi';
import { missingPmi } from '../../../core/pmi/launchers';

describe('a process that found no PMI', () => {
  test.each([
    [
      'Slurm',
      { SLURM_JOB_ID: '7', SLURM_STEP_ID: '0', SLURM_PROCID: '0', SLURM_STEP_NUM_TASKS: '4' },
      /^4 tasks of Slurm \(SLURM_STEP_NUM_TASKS=4\).*srun --mpi=pmi2/,
    ],
    ['Slurm, as far as it says', { SLURM_NTASKS: '2' }, /^2 tasks of Slurm \(SLURM_NTASKS=2\)/],
    ['Open MPI', { OMPI_COMM_WORLD_SIZE: '3', OMPI_COMM_WORLD_RANK: '0', PMIX_RANK: '0' }, /^3 tasks of Open MPI .*PMIx is not spoken/],
    ['PALS', { PALS_RANKID: '0', PMI_SIZE: '8' }, /^8 tasks of PALS \(PMI_SIZE=8\).*Cray/],
    ['any PMIx launcher, seen from its second task', { PMIX_RANK: '1' }, /^task 1 of a PMIx launcher \(PMIX_RANK=1\)/],
    ['any PMI launcher', { PMI_RANK: '0', PMI_SIZE: '2' }, /^2 tasks of a PMI launcher \(PMI_SIZE=2\)/],
  ])('is told what it needs under %s', (_, env, text) => {
    expect(missingPmi(env)).toMatch(text);
  });

  test.each([
    ['nothing started it', {}],
    ['it is the only task', { SLURM_JOB_ID: '7', SLURM_STEP_ID: '0', SLURM_PROCID: '0', SLURM_NTASKS: '1' }],
    ['it is not the first of those whose number is known, which has said it', { SLURM_NTASKS: '4', SLURM_PROCID: '2' }],
    ['it is the batch script of a job of several tasks', { SLURM_JOB_ID: '7', SLURM_PROCID: '0', SLURM_NTASKS: '4' }],
    [
      'it is in the shell of salloc, a step of one task',
      { SLURM_JOB_ID: '7', SLURM_STEP_ID: '4294967290', SLURM_STEP_NUM_TASKS: '1', SLURM_NTASKS: '4' },
    ],
    ['the numbers are none', { OMPI_COMM_WORLD_SIZE: 'many' }],
  ])('is told nothing where %s', (_, env) => {
    expect(missingPmi(env)).toBeUndefined();
  });
});

describe('variables of a launcher', () => {
  const staying = (env: Record<string, string>) => Object.keys(env).filter((name) => !isLaunchers(name, env));

  test("Slurm's name of the job and the way to its controller stay, its tasks and nodes go", () => {
    const stay = {
      SLURM_JOB_ID: '7',
      SLURM_CONF: '/etc/slurm.conf',
      SLURM_CLUSTER_NAME: 'c',
      SLURM_SUBMIT_DIR: '/home',
      SLURM_ARRAY_TASK_ID: '3',
    };
    const go = {
      SLURM_JOBID: '7',
      SLURM_NODELIST: 'n[0-1]',
      SLURM_JOB_NODELIST: 'n[0-1]',
      SLURM_NNODES: '2',
      SLURM_TASKS_PER_NODE: '1(x2)',
    };
    const task = { SLURM_PROCID: '0', SLURM_STEP_ID: '0', SLURM_PMIX_MAPPING_SERV: 'x', SLURMD_NODENAME: 'n0' };
    expect(staying({ ...stay, ...go, ...task, PATH: '/bin', MY_SLURM_THING: '1' })).toEqual([
      ...Object.keys(stay),
      'PATH',
      'MY_SLURM_THING',
    ]);
  });

  test("Open MPI's and PMIx's go, the user's choice of components stays", () => {
    const task = {
      OMPI_COMM_WORLD_RANK: '0',
      OMPI_COMM_WORLD_SIZE: '2',
      OMPI_MCA_ess_base_vpid: '0',
      PMIX_RANK: '0',
      PMIX_SERVER_URI41: 'x',
    };
    expect(staying({ ...task, OMPI_MCA_btl: 'tcp,self', OMPI_ALLOW_RUN_AS_ROOT: '1' })).toEqual(['OMPI_MCA_btl', 'OMPI_ALLOW_RUN_AS_ROOT']);
  });

  test.each([
    [
      'a descriptor',
      { PMI_FD: '7', PMI_RANK: '0', PMI_SIZE: '2', PMI_JOBID: '1.0', MPI_LOCALRANKID: '0', MPI_LOCALNRANKS: '2', HYDI_CONTROL_FD: '7' },
    ],
    ['a port', { PMI_PORT: 'host:1', PMI_ID: '0' }],
  ])('those of PMI on %s go, PMI_LIBRARY stays', (_, env) => {
    expect(staying({ ...env, PMI_LIBRARY: '/l' })).toEqual(['PMI_LIBRARY']);
  });

  test('where no launcher is, nothing is taken for one', () => {
    const env = { SLURM_TIMELIMIT: '1', SLURM_EXIT_ERROR: '2', PMIX_MCA_gds: 'hash', OMPI_MCA_pmix: 'x' };
    expect(staying(env)).toEqual(Object.keys(env));
  });
});
