import { flux, isInstalled, run, testWith } from './processes';

const hydra = isInstalled('mpiexec');
const withMpiexec = (name: string, body: () => Promise<void>) => testWith(hydra, 'mpiexec is not installed', name, body);

describe("under MPICH's mpiexec", () => {
  withMpiexec('four brokers find each other through PMI', async () => {
    expect(await run(['mpiexec', '-n', '4', flux, 'start', 'flux', 'getattr', 'size'])).toMatchObject({ status: 0, stdout: '4\n' });
  });

  withMpiexec('they do so when it names a port instead of a descriptor', async () => {
    const { status, stdout } = await run(['mpiexec', '-pmi-port', '-n', '3', flux, 'start', 'flux', 'getattr', 'size']);
    expect({ status, stdout }).toEqual({ status: 0, stdout: '3\n' });
  });

  withMpiexec('a job runs on all of them, and the exit code of the initial program is that of mpiexec', async () => {
    const line = 'flux mini run -N3 -n3 sh -c \'echo $FLUX_TASK_RANK "$PMI_PORT"\' | sort; exit 7';
    const { status, stdout } = await run(['mpiexec', '-n', '3', flux, 'start', line]);
    expect({ status, stdout }).toEqual({ status: 7, stdout: '0 \n1 \n2 \n' });
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
