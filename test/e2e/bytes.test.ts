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

  test('flux logger keeps the low bits of each of their bytes', async () => {
    const { stdout } = await inInstance('flux logger x "$b"; flux dmesg | grep -o "logger.*"');
    expect(stdout).toBe('logger.notice[0]: x \u007fa~\n');
  });

  test.each([
    ['flux mini run echo "caf$b"', `flux-mini: ERROR: [Errno 22] jobspec: invalid JSON: unable to decode byte 0xff near '"caf'`],
    [
      'flux mini submit --dry-run -o "x=$b" true',
      `flux-mini: ERROR: [Errno 22] jobspec: invalid JSON: unable to decode byte 0xff near '"'`,
    ],
    ['flux mini submit --output="$b" true', `flux-mini: ERROR: [Errno 22] jobspec: invalid JSON: unable to decode byte 0xff near '"'`],
    ['X="ab$b" flux mini run true', `flux-mini: ERROR: [Errno 22] jobspec: invalid JSON: unable to decode byte 0xff near '"ab'`],
    [
      'mkdir "d$b"; cd "d$b"; flux mini run pwd; cd ..; rmdir "d$b"',
      /^flux-mini: ERROR: \[Errno 22\] jobspec: invalid JSON: unable to decode byte 0xff/,
    ],
    ['echo "$b" | flux mini bulksubmit echo {}', 'flux-mini: ERROR: stdin: unable to decode byte 0xff'],
    ['flux mini run --dry-run true | sed "s/true/$b/" | flux job submit', /^flux-job: jobspec: invalid JSON: unable to decode byte 0xff/],
    ['flux exec true "$b"', 'flux-exec: argument 2: unable to decode byte 0xff'],
    ['X="$b" flux exec true', "flux-exec: X: unable to decode byte 0xff near 'X='"],
    ['flux kvs get "k$b"', "flux-kvs: argument 2: unable to decode byte 0xff near 'k'"],
    ['flux kvs put "k$b=1"', "flux-kvs: key: unable to decode byte 0xff near 'k'"],
    ['flux event pub "$b" x', 'flux-event: argument 1: unable to decode byte 0xff'],
    ['flux job raise 1 "$b"', 'flux-job: argument 3: unable to decode byte 0xff'],
    ['X="$b" flux cron interval -E 1h true', "flux-cron interval: X: unable to decode byte 0xff near 'X='"],
    ['flux setattr x "$b"', 'flux-setattr: argument 2: unable to decode byte 0xff'],
  ])('what goes into a message must be text, and is refused otherwise: %s', async (command, message) => {
    const { stdout, stderr } = await inInstance(`{ ${command}; } 2>&1 | head -n 1 >&2; flux jobs -ano {id} | wc -l`);
    const line = stderr.split('\n')[0]!;
    if (typeof message === 'string') expect(line).toBe(message);
    else expect(line).toMatch(message);
    expect(stdout).toBe('0\n');
  });

  test('U+FFFD itself is text like any other', async () => {
    const { stdout } = await inInstance(
      'flux mini run echo "$(printf \'\\357\\277\\275\')"; flux kvs put k="$(printf \'\\357\\277\\275\')"; flux kvs get k',
    );
    expect(stdout).toBe('\ufffd\n\ufffd\n');
  });
});
