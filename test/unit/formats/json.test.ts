import {
  decodeJson,
  decodeJsonBytes,
  decodeJsonObject,
  encodeJson,
  encodeSortedJson,
  formatReal,
  Raw,
  Real,
  real,
} from '../../../core/formats/json';
import { outcome } from './golden';

describe('the JSON codec encodes', () => {
  test.each<[unknown, string]>([
    [{ id: 18014398509481985n, a: [1, -0, null, true] }, '{"id":18014398509481985,"a":[1,0,null,true]}'],
    [{ t: real(2), u: real(0.5), v: real(1e9) }, '{"t":2.0,"u":0.5,"v":1000000000.0}'],
    [{ gone: undefined, kept: null }, '{"kept":null}'],
    [[undefined], '[null]'],
    [{ spec: new Raw('{"b":1.0}') }, '{"spec":{"b":1.0}}'],
    [(1n << 64n) - 1n, '-1'],
    ['a"\\\b\f\n\r\t\u0001\u001f\u007f/é\u2028😀', '"a\\"\\\\\\b\\f\\n\\r\\t\\u0001\\u001F\u007f/é\u2028😀"'],
    ['\\u001f', '"\\\\u001f"'],
    ['x\ud800y', '"x\ufffdy"'],
    [{ toJSON: () => 'as told' }, '"as told"'],
    [2 ** 53, '9007199254740992'],
    [1e300, '1.0000000000000001e300'],
  ])('%p', (value, text) => {
    expect(encodeJson(value)).toBe(text);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, real(Number.NaN), () => 1, Symbol('x'), 1n << 64n, -(1n << 63n) - 1n])(
    '%p never',
    (value) => {
      expect(outcome(() => encodeJson({ value }))).toEqual({ errno: 'EINVAL' });
    },
  );

  test('a cycle never', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(outcome(() => encodeJson(cycle))).toEqual({ errno: 'EINVAL' });
  });

  test('members in UTF-8 order when asked', () => {
    expect(encodeSortedJson({ b: { z: 1, a: 2 }, '10': 0, '9': 0, '\uff5e': 1, '😀': 2 })).toBe(
      '{"10":0,"9":0,"b":{"a":2,"z":1},"\uff5e":1,"😀":2}',
    );
  });

  test.each([
    [0, '0.0'],
    [0.72634328358208933, '0.72634328358208933'],
    [0.1, '0.10000000000000001'],
    [1e-7, '9.9999999999999995e-8'],
    [0.0001, '0.0001'],
    [0.00025, '0.00025000000000000001'],
    [0.00001, '1.0000000000000001e-5'],
    [1e16, '10000000000000000.0'],
    [1e17, '1e17'],
    [123456.75, '123456.75'],
    [-0, '-0.0'],
    [Number.MIN_VALUE, '4.9406564584124654e-324'],
  ])('the real %p as %s', (value, text) => {
    expect(formatReal(value)).toBe(text);
    expect(Number(text)).toBe(value);
  });
});

describe('the JSON codec decodes', () => {
  test('integers beyond 2^53 as bigint, others as number', () => {
    expect(decodeJson('{"a":9007199254740993,"b":-9223372036854775808,"c":1234567890123456,"d":12}')).toEqual({
      a: 9007199254740993n,
      b: -9223372036854775808n,
      c: 1234567890123456,
      d: 12,
    });
  });

  test('reals as numbers, or as Real when asked', () => {
    expect(decodeJson('[2.0,1e2]')).toEqual([2, 100]);
    expect(decodeJson('[2,2.0,"2.0"]', { reals: true })).toEqual([2, new Real(2), '2.0']);
    expect(encodeJson(decodeJson('{"a":1e9,"b":43,"c":0.5}', { reals: true }))).toBe('{"a":1000000000.0,"b":43,"c":0.5}');
  });

  test('a Real that behaves as its value', () => {
    expect(real(2).valueOf() + 1).toBe(3);
    expect(+real(2.5) > 2).toBe(true);
    expect(JSON.stringify({ a: real(2) })).toBe('{"a":2}');
    expect(`${real(2)}`).toBe('2.0');
  });

  test('named members as text', () => {
    const decoded = decodeJsonObject('{"id":1, "jobspec": {"a": 1.0, "jobspec":2} ,"n":{"jobspec":3}}', { raw: ['jobspec'] });
    expect(decoded['jobspec']).toEqual(new Raw('{"a": 1.0, "jobspec":2}'));
    expect(encodeJson(decoded)).toBe('{"id":1,"jobspec":{"a": 1.0, "jobspec":2},"n":{"jobspec":3}}');
  });

  test('the last of duplicate keys, __proto__ as an ordinary member', () => {
    expect(decodeJson('{"a":1,"a":2}')).toEqual({ a: 2 });
    for (const text of ['{"__proto__":{"x":1}}', '{"__proto__":{"x":1},"n":12345678901234567}']) {
      const value = decodeJsonObject(text);
      expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
      expect(encodeJson(value)).toBe(text);
    }
  });

  test.each([
    '',
    ' ',
    '{',
    '[1,]',
    '{"a":}',
    '{"a" 1}',
    '{a:1}',
    "{'a':1}",
    '01',
    '1.',
    '.5',
    '+1',
    '-',
    'NaN',
    'Infinity',
    '1 2',
    '{}x',
    '"\n"',
    '"\\x"',
    '"\\u12"',
    '"\\ud800"',
    '"\\ud800\\u0041"',
    '"\\udc00"',
    'tru',
    '1e999',
    '[1e999]',
    '9223372036854775808',
    '[-9223372036854775809]',
    '123456789012345678901234567890',
    '\ufeff{}',
  ])('%j never: EPROTO', (text) => {
    for (const options of [{}, { reals: true }, { raw: ['a'] }])
      expect(outcome(() => decodeJson(text, options))).toEqual({ errno: 'EPROTO' });
  });

  test('escapes alike in both parsers', () => {
    const text = '["\\u0000\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\uDE00"]';
    expect(decodeJson(text)).toEqual(['\u0000"\\/\b\f\n\r\té😀']);
    expect(decodeJson(text, { raw: ['x'] })).toEqual(JSON.parse(text));
  });

  test('bytes only when they are UTF-8', () => {
    expect(decodeJsonBytes(Buffer.from('{"a":"é"}'))).toEqual({ a: 'é' });
    expect(outcome(() => decodeJsonBytes(Buffer.from([0x22, 0xff, 0x22])))).toEqual({ errno: 'EPROTO' });
    expect(outcome(() => decodeJsonBytes(Buffer.from('{}\0')))).toEqual({ errno: 'EPROTO' });
  });

  test('nesting down to 512 levels', () => {
    const nest = (depth: number) => '['.repeat(depth) + ']'.repeat(depth);
    expect(encodeJson(decodeJson(nest(500)))).toBe(nest(500));
    expect(outcome(() => decodeJson(nest(600)))).toEqual({ errno: 'EPROTO' });
    expect(outcome(() => decodeJson(nest(200000)))).toEqual({ errno: 'EPROTO' });
  });
});
