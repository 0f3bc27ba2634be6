type Env = Readonly<Record<string, string | undefined>>;

/** A launcher of parallel programs, as its tasks know it by their environment. */
interface Launcher {
  name: string;
  /** Variable that each of its tasks has: the number of the task. */
  rank: string;
  /** Variables of the number of tasks; the first that is set counts. Without any, only tasks beyond the first know that there are several, and the second speaks. */
  sizes: readonly string[];
  /** Other variables that tell of it. */
  marks?: readonly string[];
  /** For the user: how brokers that it starts can find each other. */
  needs: string;
  /** Its variables that are about the task, its place and its siblings: wrong for what is started below. */
  own: RegExp;
  /** Of these, what names the launcher's job or says how to reach the launcher, and stays. */
  kept?: RegExp;
  /** False where the variables are there, but what they count was not started (yet). */
  isTask?: (env: Env) => boolean;
}

/**
 * Slurm sets the variables of a job in batch scripts (sbatch) and shells (salloc) too, where there is one process.
 * SLURM_JOBID, the old name of SLURM_JOB_ID, is not kept: to Open MPI it says that the allocation's CPUs are free to be used through srun.
 */
const slurm: Launcher = {
  name: 'Slurm',
  rank: 'SLURM_PROCID',
  sizes: ['SLURM_STEP_NUM_TASKS', 'SLURM_NTASKS', 'SLURM_NPROCS'],
  marks: ['SLURM_JOB_ID', 'SLURM_JOBID'],
  needs: 'srun --mpi=pmi2, or the libpmi.so of Slurm in PMI_LIBRARY, LD_LIBRARY_PATH or the cache of ldconfig',
  own: /^SLURM(D)?_/,
  kept: /^SLURM_(CONF|CONF_SERVER|JWT|CLUSTERS|CLUSTER_NAME|WORKING_CLUSTER|ACCOUNT|PARTITION|QOS|RESERVATION|TIMELIMIT|MPI_TYPE|TMPDIR|RESTART_COUNT|SUBMIT_\w+|ARRAY_\w+|JOB_(ID|NAME|ACCOUNT|COMMENT|PARTITION|QOS|RESERVATION|USER|UID|GID|START_TIME|END_TIME|DEPENDENCY))$/,
  isTask: (env) => !isAloneInSlurm(env),
};

const pmix = 'a PMI-1 server, or a libpmi.so for it (PMI_LIBRARY); PMIx is not spoken';

/** Launchers whose tasks can be told. The order is that of precedence: several may have left their variables. */
const launchers: readonly Launcher[] = [
  slurm,
  {
    name: 'Open MPI',
    rank: 'OMPI_COMM_WORLD_RANK',
    sizes: ['OMPI_COMM_WORLD_SIZE'],
    needs: pmix,
    own: /^(PMIX_|OMPI_(COMM_WORLD_|APP_CTX_|COMMAND$|ARGV$|FILE_LOCATION$|FIRST_RANKS$|NUM_APP_CTX$|UNIVERSE_SIZE$|MCA_(ess|orte|pmix|prte|rmaps_base_oversubscribe|initial_wdir|mpi_oversubscribe|shmem_RUNTIME_QUERY_hint)))/,
  },
  {
    name: 'PALS',
    rank: 'PALS_RANKID',
    sizes: ['PMI_SIZE'],
    isTask: (env) => env['PALS_RANKID'] !== undefined,
    needs: "the libpmi.so of Cray's PMI (PMI_LIBRARY)",
    own: /^PALS_/,
  },
  { name: 'JSM', rank: 'JSM_NAMESPACE_RANK', sizes: ['JSM_NAMESPACE_SIZE'], needs: pmix, own: /^(PMIX|JSM_NAMESPACE)_/ },
  { name: 'a PMIx launcher', rank: 'PMIX_RANK', sizes: [], needs: pmix, own: /^PMIX_/ },
  {
    name: 'Hydra',
    rank: 'MPI_LOCALRANKID',
    sizes: ['MPI_LOCALNRANKS'],
    needs: 'its PMI-1 server (PMI_FD, or PMI_PORT and PMI_ID)',
    own: /^(HYDI_CONTROL_FD|MPI_LOCALN?RANK(ID|S)|MPIR_CVAR_CH3_INTERFACE_HOSTNAME)$/,
  },
  {
    name: 'a PMI launcher',
    rank: 'PMI_RANK',
    sizes: ['PMI_SIZE'],
    marks: ['PMI_FD', 'PMI_PORT'],
    needs: 'PMI_FD, or PMI_PORT and PMI_ID, or the libpmi.so of the launcher (PMI_LIBRARY)',
    own: /^PMI_(FD|RANK|SIZE|PORT|ID|JOBID|SPAWNED|APPNUM|UNIVERSE_SIZE|LOCAL_\w+|CONTROL_\w+|SHARED_SECRET)$/,
  },
];

/**
 * True for what Slurm has started by itself, in a batch script, a shell of salloc (which may be a step of one task) or a step of one: SLURM_NTASKS and the like
 * may count tasks there that a later srun would have.
 */
export function isAloneInSlurm(env: Env): boolean {
  if (env['SLURM_JOB_ID'] === undefined) return false;
  const inStep = env['SLURM_STEP_ID'] !== undefined || env['SLURM_STEPID'] !== undefined;
  return !inStep || env['SLURM_STEP_NUM_TASKS'] === '1';
}

/**
 * A warning for the user when this process found no PMI though a launcher has started it as one of several: each would be an instance of its own. Undefined
 * if it is alone, as far as can be told, or another of them speaks for all: the first, or the second where only the rank is told.
 */
export function missingPmi(env: Env): string | undefined {
  for (const { name, rank, sizes, needs, isTask = () => true } of launchers) {
    const variable = sizes.find((size) => env[size] !== undefined);
    const size = variable === undefined ? undefined : Number(env[variable]);
    const number = env[rank] === undefined ? undefined : Number(env[rank]);
    if (!isTask(env) || !(size === undefined ? number === 1 : size > 1)) continue;
    if (size !== undefined && number! > 0) return undefined;
    const count = size === undefined ? `task ${number} of ${name} (${rank}=${number})` : `${size} tasks of ${name} (${variable}=${size})`;
    return `${count} found no PMI, so that each is an instance of its own. To be one they need ${needs}`;
  }
  return undefined;
}

/** True for a variable that is a launcher's word to its task, and not for what is started below it. */
export function isLaunchers(name: string, env: Env): boolean {
  return launchers.some(({ rank, sizes, marks = [], own, kept }) => {
    if (!own.test(name) || kept?.test(name)) return false;
    return [rank, ...sizes, ...marks].some((variable) => env[variable] !== undefined);
  });
}
