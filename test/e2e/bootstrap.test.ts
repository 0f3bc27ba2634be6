import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { signals } from '../../core/sys/signals';
import { compilePmiLibrary } from '../support/pmi-library';
import { flux, isInstalled, run, runFlux, start, testWith } from './processes';

const hydra = isInstalled('mpiexec.hydra');
const withHydra = (name: string, body: () => Promise<void>) => testWith(hydra, 'mpiexec.hydra is not installed', name, body);

describe("under MPICH's mpiexec", () => {
  withHydra('four brokers find each other through PMI', async () => {
    expect(await run(['mpiexec.hydra', '-n', '4', flux, 'start', 'flux', 'getattr', 'size'])).toMatchObject({ status: 0, stdout: '4\n' });
  });

  withHydra('they do so when it names a port instead of a descriptor', async () => {
    const { status, stdout } = await run(['mpiexec.hydra', '-pmi-port', '-n', '3', flux, 'start', 'flux', 'getattr', 'size']);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '3\n' });
  });

  withHydra('they know that they are on one node, though its mapping names a place for one only, which is repeated', async () => {
    const { stdout } = await run(['mpiexec.hydra', '-n', '3', flux, 'start', 'flux getattr tbon.endpoint; flux getattr broker.mapping']);
    expect(stdout).toMatch(/^ipc:\/\/.*\/tbon-0\n\(vector,\(0,1,\d\)\)\n$/);
  });

  withHydra('a job runs on all of them, and the exit code of the initial program is that of mpiexec', async () => {
    const line = 'flux mini run -N3 -n3 sh -c \'echo $FLUX_TASK_RANK "$PMI_PORT"\' | sort; exit 7';
    const { status, stdout } = await run(['mpiexec.hydra', '-n', '3', flux, 'start', line]);
    expect({ status, stdout }).toEqual({ status: 7, stdout: '0 \n1 \n2 \n' });
  });

  withHydra('nothing of what it says to a broker reaches the initial program', async () => {
    const { stdout } = await run(['mpiexec.hydra', '-n', '2', flux, 'start', "env | grep -E '^(PMI|HYD|MPI)' | sort"]);
    expect(stdout).toBe('');
  });
});

describe('under a launcher without PMI-1', () => {
  const missing =
    /^flux-broker: 3 tasks of Open MPI \(OMPI_COMM_WORLD_SIZE=3\) found no PMI, so that each is an instance of its own\. To be one they need .*\n$/;

  testWith(
    isInstalled('mpirun.openmpi'),
    'mpirun.openmpi is not installed',
    'brokers are instances of their own, and one of them says why',
    async () => {
      const argv = [
        'mpirun.openmpi',
        '--allow-run-as-root',
        '--oversubscribe',
        '--mca',
        'oob_tcp_if_include',
        'lo',
        '-n',
        '3',
        flux,
        'start',
        'flux getattr size',
      ];
      const { status, stdout, stderr } = await run(argv, { cwd: process.env['TMPDIR']! });
      expect({ status, stdout }).toEqual({ status: 0, stdout: '1\n1\n1\n' });
      expect(stderr).toMatch(missing);
    },
  );

  test('so it is for each of the launchers that can be told, and their variables stay with the broker', async () => {
    const env = { OMPI_COMM_WORLD_SIZE: '3', OMPI_COMM_WORLD_RANK: '0', PMIX_RANK: '0' };
    const { status, stdout, stderr } = await runFlux(['start', "env | grep -E '^(OMPI|PMIX)'; flux getattr size"], { env });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '1\n' });
    expect(stderr).toMatch(missing);
  });
});

describe("with a launcher's libpmi.so", () => {
  const withCompiler = (name: string, body: () => Promise<void>) => testWith(isInstalled('cc'), 'there is no C compiler', name, body);
  let dir: string;
  let library: string;
  beforeAll(async () => {
    dir = fs.mkdtempSync(path.join(os.tmpdir(), 'pmi-'));
    if (isInstalled('cc')) library = await compilePmiLibrary(dir);
  });
  afterAll(() => fs.rmSync(dir, { recursive: true }));

  withCompiler('the broker takes its place and name from there', async () => {
    const line = 'flux getattr instance-level; flux getattr jobid; flux getattr size';
    const env = { LD_LIBRARY_PATH: path.dirname(library) };
    expect(await runFlux(['start', line], { env })).toMatchObject({ status: 0, stdout: '3\nof-library\n1\n', stderr: '' });
  });

  withCompiler('that fails, the broker says so and ends', async () => {
    const ran = await runFlux(['start', 'true'], { env: { PMI_LIBRARY: library, TEST_PMI_FAIL: '1' } });
    expect(ran).toMatchObject({ status: 1, stderr: 'flux-broker: broker_pmi_init: operation failed\nflux-broker: bootstrap failed\n' });
  });

  withCompiler('that waits for the others, the broker still hears a signal, and takes its directory away', async () => {
    const broker = start([flux, 'start', 'true'], { env: { PMI_LIBRARY: library, TEST_PMI_SIZE: '2', TMPDIR: dir } });
    await broker.says('barrier');
    broker.kill(signals.SIGTERM);
    expect((await broker.ended).status).toBe(143);
    expect(fs.readdirSync(dir).sort()).toEqual(['libpmi.so', 'pmi.c']);
  });

  test('that is not where PMI_LIBRARY says, the broker does not start as something else', async () => {
    const { status, stderr } = await runFlux(['start', 'true'], { env: { PMI_LIBRARY: '/nowhere/libpmi.so' } });
    expect(status).toBe(1);
    expect(stderr).toMatch(
      /^flux-broker: broker_pmi_init: PMI_LIBRARY=\/nowhere\/libpmi\.so: .*No such file or directory\nflux-broker: bootstrap failed\n$/,
    );
  });
});

describe('inside an instance', () => {
  test('a job of brokers is an instance of its own, one level down, with the name of its job and its parent', async () => {
    const questions = 'for a in size instance-level jobid; do flux getattr $a; done; test $(flux getattr parent-uri) = $URI && echo parent';
    const line = `export URI=$FLUX_URI; flux mini run -N2 -n2 flux start '${questions}'`;
    const { status, stdout } = await run([flux, 'start', '-s2', line]);
    const [size, level, jobid, parent] = stdout.split('\n');
    expect({ status, size, level, parent }).toEqual({ status: 0, size: '2', level: '1', parent: 'parent' });
    expect(jobid).toMatch(/^ƒ/);
  });

  test('flux mini alloc and batch start an instance of as many brokers as nodes', async () => {
    const alloc = 'flux mini alloc -N2 -n2 flux getattr size';
    const batch = `id=$(flux mini batch -N2 -n2 --output=out --wrap flux getattr size); flux job attach $id; cat out; rm out`;
    const { stdout } = await run([flux, 'start', '-s2', `${alloc}; cd $(mktemp -d); ${batch}; rmdir $PWD`]);
    expect(stdout).toBe('2\n2\n');
  });
});
