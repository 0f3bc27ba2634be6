import { flux, run } from './processes';

/** Runs a script of sh in a new instance; `$b` is a word of bytes that are no UTF-8. */
const inInstance = (script: string) => run([flux, 'start', 'sh', '-c', `b=$(printf '\\377a\\376'); ${script}`]);
const shown = `od -An -tx1 | tr -d ' \\n'`;

describe('arguments and variables that are no UTF-8', () => {
  test('flux kvs put and flux event pub send their bytes as they are', async () => {
    const { stdout, status } = await inInstance(`flux kvs put -r "k=$b=" && flux kvs get -r k | ${shown}; flux event pub -l -r t "$b" x`);
    expect({ stdout, status }).toEqual({ stdout: 'ff61fe3d', status: 0 });
  });

  test('programs that a command turns into get them unchanged', async () => {
    const { stdout } = await inInstance(
      `X="$b" flux env sh -c 'printf "%s" "$X$1"' sh "$b" | ${shown}; Y="$b" flux start printenv Y | ${shown}; flux start printf "%s" "$b" | ${shown}`,
    );
    expect(stdout).toBe('ff61feff61fe' + 'ff61fe0a' + 'ff61fe');
  });
});
