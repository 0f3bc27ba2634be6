import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { flux, isInstalled, type Ran, root, run, testWith } from './processes';

const openmpi = isInstalled('mpicc.openmpi') && isInstalled('mpirun.openmpi');
const mpich = isInstalled('mpicc.mpich') && isInstalled('mpiexec.hydra');
const withOpenMpi = (name: string, body: () => Promise<void>) => testWith(openmpi, 'Open MPI is not installed', name, body, 60_000);
const withMpich = (name: string, body: () => Promise<void>) => testWith(mpich, 'MPICH is not installed', name, body, 60_000);
const withCompiler = (name: string, body: () => Promise<void>) => testWith(isInstalled('cc'), 'cc is not installed', name, body, 60_000);

/** Keeps both to this host, and lets more ranks than cores take turns. OMPI_ALLOW…: for mpirun as root. */
const ENV = {
  OMPI_MCA_btl: 'self,vader',
  OMPI_MCA_oob_tcp_if_include: 'lo',
  OMPI_MCA_mpi_yield_when_idle: '1',
  OMPI_MCA_rmaps_base_oversubscribe: '1',
  OMPI_ALLOW_RUN_AS_ROOT: '1',
  OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1',
  HYDRA_IFACE: 'lo',
  FI_TCP_IFACE: 'lo',
  FI_SOCKETS_IFACE: 'lo',
};

/** Programs are compiled into it. */
let dir: string;
beforeAll(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-mpi-'));
  const compile = async (compiler: string, source: string, program: string, ...libraries: string[]) => {
    const { status, stderr } = await run([compiler, '-o', path.join(dir, program), path.join(root, 'test/e2e/mpi', source), ...libraries]);
    if (status !== 0) throw new Error(stderr);
  };
  const both = (compiler: string, mark: string) =>
    Promise.all(['hello', 'abort'].map((name) => compile(compiler, `${name}.c`, `${name}.${mark}`)));
  await Promise.all([
    openmpi && both('mpicc.openmpi', 'ompi'),
    mpich && both('mpicc.mpich', 'mpich'),
    isInstalled('cc') && compile('cc', 'pmi.c', 'pmi', '-ldl'),
  ]);
}, 60_000);
afterAll(() => fs.rmSync(dir, { recursive: true }));

const inside = (size: number, line: string): Promise<Ran> =>
  run([flux, 'start', `-s${size}`, line], { cwd: dir, env: { ...ENV, TMPDIR: dir } }); // Open MPI leaves its folder of sessions there

/** What a program of so many ranks prints, each run of it sorted. */
const ranks = (size: number) => Array.from({ length: size }, (_, rank) => `${rank} of ${size}: ${(size * (size + 1)) / 2}\n`).join('');
const sorted = (text: string) =>
  text
    .split(/(?<=\n)/)
    .sort()
    .join('');

describe.each([
  ['Open MPI', 'ompi', withOpenMpi, 'mpirun.openmpi -n 2'],
  ['MPICH', 'mpich', withMpich, 'mpiexec.hydra -n 2'],
] as const)('%s', (_, mark, testIt, launcher) => {
  testIt('four tasks on two brokers are one program', async () => {
    const { status, stdout, stderr } = await inside(2, `flux mini run -N2 -n4 ./hello.${mark}`);
    expect({ status, stdout: sorted(stdout), stderr }).toEqual({ status: 0, stdout: ranks(4), stderr: '' });
  });

  testIt('values go through the KVS, too', async () => {
    const { status, stdout } = await inside(2, `flux mini run -N2 -n4 -o pmi.kvs=native ./hello.${mark}`);
    expect({ status, stdout: sorted(stdout) }).toEqual({ status: 0, stdout: ranks(4) });
  });

  testIt('MPI_Abort is an exception of the job, and ends all tasks', async () => {
    const { status, stderr } = await inside(2, `flux mini run -N2 -n4 ./abort.${mark}`);
    expect(status).not.toBe(0);
    expect(stderr).toContain('job.exception type=exec severity=0 MPI_Abort: ');
  });

  testIt('runs in an allocation as in any instance', async () => {
    const { status, stdout } = await inside(2, `flux mini alloc -N2 -n2 flux mini run -n2 ./hello.${mark}`);
    expect({ status, stdout: sorted(stdout) }).toEqual({ status: 0, stdout: ranks(2) });
  });

  testIt('its launcher works in a task, and in a batch script', async () => {
    const script = `#!/bin/sh\\n${launcher} ./hello.${mark}\\n`;
    const batch = `printf '${script}' >job; chmod +x job; flux job attach $(flux mini batch -n1 --output=out ./job) 2>&-; sort out; rm job out`;
    const { status, stdout, stderr } = await inside(1, `flux mini run ${launcher} ./hello.${mark} | sort; ${batch}`);
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: ranks(2).repeat(2), stderr: '' });
  });

  testIt('without a launcher it is rank 0 of 1, in a task’s script and in an allocation', async () => {
    const { status, stdout } = await inside(1, `flux mini run sh -c ./hello.${mark}; flux mini alloc -n1 ./hello.${mark}`);
    expect({ status, stdout }).toEqual({ status: 0, stdout: ranks(1).repeat(2) });
  });
});

describe('several MPI programs in one task', () => {
  withOpenMpi('run one after the other', async () => {
    const { status, stdout, stderr } = await inside(2, "flux mini run -N2 -n2 sh -c './hello.ompi && ./hello.ompi'");
    expect({ status, stdout: sorted(stdout), stderr }).toEqual({ status: 0, stdout: sorted(ranks(2).repeat(2)), stderr: '' });
  });

  withMpich('can’t with MPICH, which shuts the connection down: the log says so', async () => {
    const { status, stdout, stderr } = await inside(1, "flux mini run -n1 sh -c './hello.mpich; ./hello.mpich'");
    expect({ status, stdout }).toEqual({ status: 141, stdout: ranks(1) });
    expect(stderr).toContain('WARN: pmi: task 0: SIGPIPE after PMI was finalized');
  });
});

describe('libpmi.so', () => {
  const pmi = (size: number, words: string, before = '') =>
    inside(size, `${before} flux mini run -N${size} -n${size} -l ./pmi ${words} | sort -s -n`);
  const of = (stdout: string, rank: number) =>
    stdout
      .split('\n')
      .filter((line) => line.startsWith(`${rank}: `))
      .map((line) => line.slice(3));

  withCompiler('asks the shell for all it tells', async () => {
    const words = 'PMI_Get_size init PMI_Initialized PMI_Get_size PMI_Get_rank PMI_Get_universe_size PMI_Get_appnum';
    const maxes = 'PMI_KVS_Get_name_length_max PMI_KVS_Get_key_length_max PMI_KVS_Get_value_length_max PMI_Get_id_length_max';
    const { stdout } = await pmi(2, `${words} ${maxes} name short clique PMI_Finalize= PMI_Initialized PMI_Get_rank`);
    expect(of(stdout, 1)).toEqual([
      'PMI_Get_size 1 -1',
      'init 0',
      'PMI_Initialized 0 1',
      'PMI_Get_size 0 2',
      'PMI_Get_rank 0 1',
      'PMI_Get_universe_size 0 2',
      'PMI_Get_appnum 0 0',
      'PMI_KVS_Get_name_length_max 0 64',
      'PMI_KVS_Get_key_length_max 0 64',
      'PMI_KVS_Get_value_length_max 0 1024',
      'PMI_Get_id_length_max 0 64',
      expect.stringMatching(/^name 0 ƒ/),
      'short 8',
      'clique 0 0 1',
      'PMI_Finalize 0',
      'PMI_Initialized 0 0',
      'PMI_Get_rank 1 -1',
    ]);
  });

  withCompiler('what one task puts, others get after the barrier; wrong keys and values have their codes', async () => {
    const words = "init name put=k$FLUX_TASK_RANK:'v v' PMI_Barrier= get=k0 get=k1 get=none";
    const wrong = `put="a b:c" put=$(printf '%064d' 0):x long=1023 long=1024`;
    const { stdout } = await inside(
      2,
      `flux mini run -N2 -n2 -l sh -c '${`exec ./pmi ${words} ${wrong}`.replaceAll("'", `'"'"'`)}' | sort -s -n`,
    );
    expect(of(stdout, 0).slice(2)).toEqual([
      'put 0',
      'PMI_Barrier 0',
      'get 0 v v',
      'get 0 v v',
      'get 4 -',
      'put 4',
      'put 5',
      'long 0',
      'long 7',
    ]);
  });

  withCompiler('a process may init again after finalize, and so may the next program of the task', async () => {
    const again = 'init name put=a:1 PMI_Finalize= init get=a PMI_Finalize=';
    const { stdout } = await inside(1, `flux mini run sh -c './pmi ${again}; ./pmi init name get=a'`);
    expect(stdout.replace(/name 0 .*/g, 'name')).toBe(
      'init 0\nname\nput 0\nPMI_Finalize 0\ninit 0\nget 0 1\nPMI_Finalize 0\ninit 0\nname\nget 0 1\n',
    );
  });

  withCompiler('spawning and names are refused, as the shell refuses them', async () => {
    const { stdout } = await pmi(1, 'init spawn publish');
    expect(of(stdout, 0)).toEqual(['init 0', 'spawn -1', 'publish -1']);
  });

  withCompiler('PMI_Abort raises an exception of the job with its message', async () => {
    const { status, stderr } = await inside(2, "flux mini run -N2 -n2 ./pmi init abort='no more'");
    expect(status).not.toBe(0);
    expect(stderr).toContain('job.exception type=exec severity=0 MPI_Abort: no more\n');
  });

  withCompiler('without PMI_FD there is one rank, which finds nothing', async () => {
    const words = ['init', 'name', 'PMI_Get_rank', 'PMI_Get_size', 'PMI_Get_universe_size', 'put=a:b', 'get=a', 'clique', 'PMI_Barrier='];
    const { stdout } = await run([flux, 'env', './pmi', ...words, 'PMI_Finalize='], { cwd: dir });
    expect(stdout.split('\n')).toEqual([
      'init 0',
      'name 0 singleton',
      'PMI_Get_rank 0 0',
      'PMI_Get_size 0 1',
      'PMI_Get_universe_size 0 1',
      'put 0',
      'get -1 -',
      'clique 0 0',
      'PMI_Barrier 0',
      'PMI_Finalize 0',
      '',
    ]);
  });

  withCompiler('FLUX_PMI_DEBUG traces it', async () => {
    const { stderr } = await inside(1, 'FLUX_PMI_DEBUG=1 flux mini run ./pmi init name get=none');
    expect(stderr).toBe(
      'pmi-debug-wire.1[0]: init () = operation completed successfully\npmi-debug-wire.1[0]: kvs_get (key=none) = invalid key argument\n',
    );
  });

  withCompiler('is known as ours by its symbol, and has all functions of pmi.h', async () => {
    const { stdout } = await run([flux, 'env', 'sh', '-c', 'nm -D --defined-only $FLUX_PMI_LIBRARY_PATH'], { cwd: dir });
    const names = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' ').at(-1)!);
    expect(names).toContain('flux_pmi_library');
    const functions =
      'Abort Args_to_keyval Barrier Finalize Free_keyvals Get_appnum Get_clique_ranks Get_clique_size Get_id Get_id_length_max Get_kvs_domain_id Get_options ' +
      'Get_rank Get_size Get_universe_size Init Initialized KVS_Commit KVS_Create KVS_Destroy KVS_Get KVS_Get_key_length_max KVS_Get_my_name ' +
      'KVS_Get_name_length_max KVS_Get_value_length_max KVS_Iter_first KVS_Iter_next KVS_Put Lookup_name Parse_option Publish_name Spawn_multiple Unpublish_name';
    expect(names.filter((name) => name !== 'flux_pmi_library')).toEqual(functions.split(' ').map((name) => `PMI_${name}`));
  });
});

describe('-o mpi=NAME', () => {
  const variables = (mpi: string) =>
    inside(1, `flux mini run -o mpi=${mpi} sh -c 'env | grep -E "^(I_MPI|LD_|MPIRUN|OMPI_MCA_pmix)" | sort'`);
  const libpmi = path.join(root, 'dist/lib/libpmi.so');
  const every = [
    `LD_LIBRARY_PATH=${path.dirname(libpmi)}`,
    'MPIRUN_NTASKS=1',
    'MPIRUN_RANK=0',
    'MPIRUN_RSH_LAUNCH=1',
    'OMPI_MCA_pmix_flux_priority=1',
  ];

  test.each(['openmpi', 'openmpi@4.1', 'mpich', 'mvapich'])('%s: what every job has', async (mpi) => {
    const { stdout, stderr } = await variables(mpi);
    expect({ lines: stdout.trimEnd().split('\n'), stderr }).toEqual({ lines: every, stderr: '' });
  });

  test('intel: names the PMI library', async () => {
    const { stdout, stderr } = await variables('intel');
    expect({ lines: stdout.trimEnd().split('\n'), stderr }).toEqual({ lines: [`I_MPI_PMI_LIBRARY=${libpmi}`, ...every], stderr: '' });
    expect(fs.existsSync(libpmi)).toBe(true);
  });

  test('none: nothing is set', async () => {
    expect(await variables('none')).toMatchObject({ stdout: '', stderr: '' });
  });

  test('openmpi@5 is refused, for it would run as so many programs of one rank', async () => {
    const { status, stderr } = await inside(1, 'flux mini run -o mpi=openmpi@5.0.3 true');
    expect(status).toBe(1);
    expect(stderr).toContain('job.exception type=exec severity=0 mpi=openmpi@5.0.3: Open MPI 5 needs PMIx');
  });

  test('a name that nobody knows is told', async () => {
    const { status, stderr } = await inside(1, 'flux mini run -o mpi=foo true');
    expect(status).toBe(0);
    expect(stderr).toContain('flux-shell[0]: mpi=foo: there is no such file in lua.d/mpi, nothing was set for it\n');
  });
});
