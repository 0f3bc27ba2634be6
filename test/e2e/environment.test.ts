import fs from 'node:fs';
import { runFlux } from './processes';

/** Variables that name folders or files for programs to look in, also those of other systems. */
const NAMES = /^(FLUX_\w+_PATH|LUA_C?PATH|PYTHONPATH|MANPATH|LD_LIBRARY_PATH|I_MPI_PMI_LIBRARY|OMPI_MCA_mca_base_envar_file_prefix)$/;

const listed = (text: string): Record<string, string> =>
  Object.fromEntries(
    text
      .split('\n')
      .map((line) => line.split(/=(.*)/s).slice(0, 2))
      .filter(([name]) => NAMES.test(name!)),
  );

describe.each([
  ['the initial program', ['start', 'env']],
  ['a job', ['start', 'flux', 'mini', 'run', 'env']],
  ['a job of a job', ['start', 'flux mini alloc -n1 flux mini run env']],
  ['flux env', ['env', 'env']],
  ['flux python', ['python', '-c', 'import os; print("\\n".join("=".join(v) for v in os.environ.items()))']],
])('the environment of %s', (_, args) => {
  test('names what exists', async () => {
    const { status, stdout } = await runFlux(args, { env: { I_MPI_PMI_LIBRARY: '/bin/sh' } });
    const variables = listed(stdout);
    expect(status).toBe(0);
    expect(Object.keys(variables)).toEqual(expect.arrayContaining(['FLUX_EXEC_PATH', 'FLUX_MODULE_PATH', 'FLUX_PMI_LIBRARY_PATH']));
    const missing = Object.entries(variables).flatMap(([name, value]) =>
      value
        .split(/[:,]/)
        .filter((file) => !fs.existsSync(file))
        .map((file) => `${name}: ${file}`),
    );
    expect(missing).toEqual([]);
  });

  test('has what the user set for the clients of another installation', async () => {
    const own = {
      FLUX_CONNECTOR_PATH: '/usr/lib/flux/connectors',
      PYTHONPATH: '/usr/lib/flux/python3:',
      LUA_PATH: '/usr/share/lua/5.3/?.lua;;',
      LUA_CPATH: '/usr/lib/lua/5.3/?.so;;',
      MANPATH: ':/usr/share/man',
      FLUX_PMI_LIBRARY_PATH: '/usr/lib/flux/libpmi.so',
    };
    const { stdout } = await runFlux(args, { env: own });
    expect(listed(stdout)).toMatchObject(own);
  });
});
