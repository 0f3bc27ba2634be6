import { parseDefinitions } from '../../../../cli/commands/mini/define';

const define = (code: string, x: string) => parseDefinitions({ env: {}, cwd: '/' }, [`f=${code}`]).get('f')!(x);

describe('--define of flux mini bulksubmit', () => {
  it.each<[string, string, string | string[]]>([
    ['x.split(",")', 'a,b,c', ['a', 'b', 'c']],
    ['int(x) * 2', '21', '42'],
    ['x[::-1]', 'abc', 'cba'],
    ['x[1:-1].upper()', 'abcd', 'BC'],
    ['os.path.splitext(os.path.basename(x))[0]', '/p/q.tar.gz', 'q.tar'],
    ['[y for y in x.split("/") if y]', '/a//b', ['a', 'b']],
    ['re.sub(r"(\\d+)", r"<\\1>", x)', 'a12b3', 'a<12>b<3>'],
    ['f"{x:>5}|{len(x)}"', 'abc', '  abc|3'],
    ['"%05.2f" % float(x)', '3.14159', '03.14'],
    ['x if x.startswith("a") else "z"', 'b', 'z'],
    ['7 / 2', '', '3.5'],
    ['-7 // 2', '', '-4'],
    ['1 < 2 <= 2 and not x == "b"', 'a', 'True'],
    ['sorted(x, reverse=True)', 'bca', ['c', 'b', 'a']],
    ['re.sub(r"(?i)B", "-", x)', 'abBc', 'a--c'],
    ['re.match(r"\\d+\\Z", x) is None', '12a', 'True'],
    ['re.fullmatch(r"(?P<q>.)(?P=q)", x).group("q")', 'zz', 'z'],
    ['os.path.splitext("..a.b/..x")', '', ['..a.b/..x', '']],
    ['os.path.dirname("a//b") + os.path.dirname("//b")', '', 'a//'],
    ['["".join(p) for p in itertools.permutations(x, 2)]', 'abc', ['ab', 'ac', 'ba', 'bc', 'ca', 'cb']],
    ['["".join(p) for p in itertools.product(x, repeat=2)]', 'ab', ['aa', 'ab', 'ba', 'bb']],
    ['["".join(p) for p in itertools.combinations(x, 2)]', 'abc', ['ab', 'ac', 'bc']],
    ['itertools.chain(x, [1])', 'ab', ['a', 'b', '1']],
    ['itertools.accumulate(x)', 'abc', ['a', 'ab', 'abc']],
    ['itertools.islice(x, 1, None, 2)', 'abcde', ['b', 'd']],
    ['itertools.takewhile(lambda c: c != "c", x)', 'abcd', ['a', 'b']],
    ['sorted(x.split(), key=lambda word: len(word))', 'ccc a bb', ['a', 'bb', 'ccc']],
    ['f"{x[1:3]}-{len(x):02d}"', 'abcd', 'bc-04'],
    ['json.dumps({"x": [1, 2.0, None]})', '', '{"x": [1, 2.0, null]}'],
  ])('%s of %j', (code, x, expected) => {
    expect(define(code, x)).toEqual(expected);
  });

  it('refuses what is no expression before it is used', () => {
    expect(() => parseDefinitions({ env: {}, cwd: '/' }, ['f=x +'])).toThrow('invalid syntax (f, line 1)');
  });

  it('names an unknown name', () => {
    expect(() => define('nosuch(x)', 'a')).toThrow("name 'nosuch' is not defined");
  });
});
