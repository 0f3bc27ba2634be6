import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import mini from '../../../../cli/commands/mini';
import { askPython } from '../../../../cli/commands/mini/python-child';
import { contextOf, type RunOptions, runCli } from '../../../support/command';

const bulk = (args: string[], options: RunOptions = {}) =>
  runCli(mini, ['bulksubmit', '--dry-run', ...args], { ...options, env: { ...process.env, ...options.env } });

const define = (code: string, x = 'a') => bulk([`--define=f=${code}`, 'echo', '{.f}', ':::', x]);
const submits = (words: string) => ({ status: 0, stdout: `flux-mini: submit ${words}\n`, stderr: '' });
const fails = (text: string) => ({ status: 1, stdout: '', stderr: `flux-mini: ERROR: ${text}\n` });

describe('--define of flux mini bulksubmit takes any Python expression', () => {
  const cases: [code: string, x: string, value: string | string[]][] = [
    ['x.split(",")', 'a,b,c', ['a', 'b', 'c']],
    ['int(x) * 2', '21', '42'],
    ['2**int(x)', '100', '1267650600228229401496703205376'],
    ['x[::-1]', 'abc', 'cba'],
    ['x[1:-1].upper()', 'abcd', 'BC'],
    ['os.path.splitext(os.path.basename(x))[0]', '/p/q.tar.gz', 'q.tar'],
    ['[y for y in x.split("/") if y]', '/a//b', ['a', 'b']],
    ['[a + b for a in x for b in x if a != b]', 'ab', ['ab', 'ba']],
    ['[x + y for y in "12"]', 'a', ['a1', 'a2']],
    ['(lambda y: x + y)("1")', 'a', 'a1'],
    ['(lambda y=1: y + int(x))()', '4', '5'],
    ['(lambda *a, **k: len(a) + len(k))(*x, z=1)', 'ab', '3'],
    ['re.sub(r"(\\d+)", r"<\\1>", x)', 'a12b3', 'a<12>b<3>'],
    ['f"{x:>5}|{len(x)}"', 'abc', '  abc|3'],
    ['"%05.2f" % float(x)', '3.14159', '03.14'],
    ['"{0:>4}{1!r}".format(x, x)', 'a', "   a'a'"],
    ['x if x.startswith("a") else "z"', 'b', 'z'],
    ['"same" if x == "a" else "other"', 'a', 'same'],
    ['7 / 2', '', '3.5'],
    ['-7 // 2', '', '-4'],
    ['~5', '', '-6'],
    ['1 << 4 | 3 ^ 1 & 7', '', '18'],
    ['1 < 2 <= 2 and not x == "b"', 'a', 'True'],
    ['None', '', 'None'],
    ['sorted(x, reverse=True)', 'bca', ['c', 'b', 'a']],
    ['sorted(set(x))', 'abab', ['a', 'b']],
    ['len({c for c in x})', 'abab', '2'],
    ['{c: i for i, c in enumerate(x)}', 'ab', "{'a': 0, 'b': 1}"],
    ['[*x]', 'ab', ['a', 'b']],
    ['[*map(str.upper, x)]', 'ab', ['A', 'B']],
    ['x.encode()', 'é', "b'\\xc3\\xa9'"],
    ['x.encode().hex()', 'é', 'c3a9'],
    ['(y := x) + y', 'a', 'aa'],
    ['re.match(r"(?P<n>\\d+)(?=x)", x)["n"]', '12x', '12'],
    ['os.path.splitext("..a.b/..x")', '', "('..a.b/..x', '')"],
    ['os.path.dirname("a//b") + os.path.dirname("//b")', '', 'a//'],
    ['["".join(p) for p in itertools.permutations(x, 2)]', 'abc', ['ab', 'ac', 'ba', 'bc', 'ca', 'cb']],
    ['list(itertools.chain(x, [1]))', 'ab', ['a', 'b', '1']],
    ['list(itertools.takewhile(lambda c: c != "c", x))', 'abcd', ['a', 'b']],
    ['json.dumps({"x": [1, 2.0, None]})', '', '{"x": [1, 2.0, null]}'],
    ['math.floor(math.sqrt(int(x)))', '17', '4'],
    ['datetime.date(2024, 2, 28) + datetime.timedelta(int(x))', '1', '2024-02-29'],
    ['random.choice([x])', 'a', 'a'],
    ['__import__("string").ascii_lowercase[:3]', '', 'abc'],
    [' x', 'a', 'a'],
    ['x', '', ''],
    ['x', 'a "b" \\ \u2028 😀', 'a "b" \\ \u2028 😀'],
  ];
  let values: (string | string[])[];
  beforeAll(async () => {
    const ctx = contextOf(mini, [], { env: process.env });
    const definitions = cases.map(([code], i) => [`f${i}`, code] as const);
    const answer = await askPython(ctx, { definitions, calls: cases.map(([, x], i) => [i, x] as const) });
    expect(answer.error).toBeUndefined();
    values = answer.values;
  });
  it.each(cases.map((row, i) => ({ row, i })))('$row.0 of $row.1', ({ row, i }) => {
    expect(values[i]).toEqual(row[2]);
  });
});

describe('values of --define', () => {
  test('a list becomes several words, anything else its str()', async () => {
    expect(await define('x.split(",")', 'a,b')).toEqual(submits('echo a b'));
    expect(await define('tuple(x)', 'ab')).toEqual(submits("echo ('a', 'b')"));
    expect(await bulk(['--define=f=list(x)', '--job-name={.f}', 'echo', ':::', 'ab'])).toEqual(submits("--job-name=['a', 'b'] echo"));
  });

  test('are made for options and for the input that is named', async () => {
    expect(
      await bulk(['--define=p2=2**int(x)', '--define=up=x.upper()', '-n{0.p2}', 'echo', '{1.up}', '{0}', ':::', '3', ':::', 'b']),
    ).toEqual(submits('-n8 echo B 3'));
  });

  test('are made in the order of their use, once a use, in one Python', async () => {
    const { stdout } = await bulk([
      '--define=n=globals().setdefault("count", itertools.count()).__next__()',
      '--define=pid=os.getpid()',
      ...['echo', '{.n}', '{.n}', '{.pid}', ':::', 'a', 'b'],
    ]);
    const rows = stdout
      .trim()
      .split('\n')
      .map((line) => line.split(' ').slice(3));
    expect(rows.map(([first, second]) => [first, second])).toEqual([
      ['0', '1'],
      ['2', '3'],
    ]);
    expect(rows[0]![2]).toBe(rows[1]![2]);
  });

  test('what an expression does not name is not evaluated for it', async () => {
    expect(await bulk(['--define=n=int(x)', 'echo', '{0.n}', '{1}', ':::', '1', ':::', 'b'])).toEqual(submits('echo 1 b'));
  });

  test('of many thousand inputs come back whole', async () => {
    const count = 50_000;
    const stdin = Array.from({ length: count }, (_, i) => `${i}`).join('\n');
    const { status, stdout } = await bulk(['--define=f=x * 20', 'echo', '{.f}'], { stdin });
    const lines = stdout.trimEnd().split('\n');
    expect([status, lines.length, lines.at(-1)]).toEqual([0, count, `flux-mini: submit echo ${String(count - 1).repeat(20)}`]);
  });

  test("standard input is the command's, also where an expression reads", async () => {
    expect(await bulk(['--define=f=repr(sys.stdin.read())', 'echo', '{.f}'], { stdin: 'a\n' })).toEqual(submits("echo ''"));
  });
});

describe('errors of --define', () => {
  test("are Python's, before anything is submitted", async () => {
    expect(await define('x +')).toEqual(fails('invalid syntax (f, line 1)'));
    expect(await define('nosuch(x)')).toEqual(fails("name 'nosuch' is not defined"));
    expect(await define('int(x)')).toEqual(fails("invalid literal for int() with base 10: 'a'"));
    expect(await define('1 / 0')).toEqual(fails('division by zero'));
    expect(await define('x.nosuch')).toEqual(fails("'str' object has no attribute 'nosuch'"));
    expect(await define('{}[x]')).toEqual(fails("'a'"));
    expect(await define('(_ for _ in ()).throw(AssertionError)')).toEqual(fails('AssertionError'));
    expect(await define('chr(0xdc80)')).toEqual(
      fails("'utf-8' codec can't encode character '\\udc80' in position 0: surrogates not allowed"),
    );
  });

  test('a definition that is none is told though nothing uses it', async () => {
    expect(await bulk(['--define=f=x +', 'echo', ':::', 'a'])).toEqual(fails('invalid syntax (f, line 1)'));
    expect(await bulk(['--define=f=x', '--define=g', 'echo', ':::', 'a'])).toEqual(
      fails('dictionary update sequence element #1 has length 1; 2 is required'),
    );
  });

  test('a replacement that is wrong is told unless an expression fails before it', async () => {
    const args = ['--define=f=int(x)', '-n{.f}', 'echo', '{.g}', ':::'];
    expect(await bulk([...args, '1', 'a'])).toEqual(fails("Unknown input string method '.g'"));
    expect(await bulk(['--define=f=int(x)', 'echo', '{0.f}', '{1.f}', ':::', 'a'])).toEqual(
      fails("invalid literal for int() with base 10: 'a'"),
    );
    expect(await bulk(['--define=f=int(x)', 'echo', '{0.f}', '{1.f}', ':::', '1'])).toEqual(
      fails("Invalid replacement string in command: '{1.f}'"),
    );
  });

  test('a Python that ends without an answer is told', async () => {
    expect(await define('os._exit(3)')).toEqual(fails('python3, which --define needs, exited with exit code 3 and gave no answer'));
  });
});

describe('the Python of --define', () => {
  let folder: string;
  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-define-test-'));
  });
  afterEach(() => fs.rmSync(folder, { recursive: true }));

  test('is named where it is missing, and only then needed', async () => {
    const env = { PATH: folder };
    expect(await bulk(['--define=f=x', 'echo', '{.f}', ':::', 'a'], { env })).toEqual(
      fails('--define needs python3, which is not in PATH'),
    );
    expect(await bulk(['echo', '{./%}', '{seq1}', ':::', '/a/b.c'], { env })).toEqual(submits('echo b 1'));
  });

  test('does not take a file of the working directory for one of its modules', async () => {
    fs.writeFileSync(path.join(folder, 'json.py'), 'raise SystemExit(9)\n');
    expect(await bulk(['--define=f=json.dumps(x)', 'echo', '{.f}', ':::', 'a'], { cwd: folder })).toEqual(submits('echo "a"'));
  });
});
