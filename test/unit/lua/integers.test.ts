import * as integers from '../../../core/shell/initrc/lua/integers';
import { feed, random, same } from '../../support/fuzz';

/** Numbers of every size, small ones and those at the edges more often. */
function any(): integers.Integer {
  const edge = [0n, 1n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 62n, 2n ** 63n - 1n][random(7)]!;
  const near = edge + BigInt(random(5) - 2);
  return integers.wrap(random(2) ? near : -near);
}

const floor = (a: bigint, b: bigint) => a / b - (a % b !== 0n && a < 0n !== b < 0n ? 1n : 0n);

type Operation = (a: integers.Integer, b: integers.Integer) => integers.Integer;

const operations: readonly [name: string, operation: Operation, exact: (a: bigint, b: bigint) => bigint][] = [
  ['add', integers.add, (a, b) => a + b],
  ['sub', integers.sub, (a, b) => a - b],
  ['mul', integers.mul, (a, b) => a * b],
  ['div', integers.div, floor],
  ['mod', integers.mod, (a, b) => a - floor(a, b) * b],
  ['rem', integers.rem, (a, b) => a % b],
  ['and', integers.and, (a, b) => a & b],
  ['or', integers.or, (a, b) => a | b],
  ['xor', integers.xor, (a, b) => a ^ b],
];

test.each(operations)('%s of 64 bits wraps around, and gives each value one form', (name, operation, exact) => {
  feed(2000, [''], 'a', () => {
    const [a, b] = [any(), any()];
    if (b === 0 && ['div', 'mod', 'rem'].includes(name)) return;
    const result = operation(a, b);
    same(result, integers.wrap(exact(BigInt(a), BigInt(b))));
    same(Object.is(result, -0), false);
    same(typeof result === 'number', Number.isSafeInteger(Number(result)));
  });
});

test.each<[string, (a: integers.Integer) => integers.Integer, (a: bigint) => bigint]>([
  ['neg', integers.neg, (a) => -a],
  ['not', integers.not, (a) => ~a],
])('%s of 64 bits gives each value one form', (_, operation, exact) => {
  const check = (a: integers.Integer) => {
    const result = operation(a);
    same(result, integers.wrap(exact(BigInt(a))));
    same(Object.is(result, -0), false);
  };
  for (const a of [Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, 0, integers.max, integers.min]) check(a);
  feed(2000, [''], 'a', () => check(any()));
});

test('shifts fill with zeros, and go the other way for a negative distance', () => {
  feed(2000, [''], 'a', () => {
    const [a, by] = [any(), random(140) - 70];
    const bits = BigInt.asUintN(64, BigInt(a));
    const left = (distance: number) => integers.wrap(distance < 0 ? bits >> BigInt(-distance) : bits << BigInt(distance));
    same(integers.shl(a, by), left(by));
    same(integers.shr(a, by), left(-by));
  });
});

test('a float is the integer that equals it, or none', () => {
  expect([0, -0, 1.5, 2 ** 53, -(2 ** 63), 2 ** 63, Number.NaN, Number.POSITIVE_INFINITY].map(integers.ofFloat)).toEqual([
    0,
    0,
    false,
    2n ** 53n,
    -(2n ** 63n),
    false,
    false,
    false,
  ]);
  expect([3.7, -3.7, 1e300, Number.NEGATIVE_INFINITY, Number.NaN].map(integers.truncate)).toEqual([
    3,
    -3,
    integers.max,
    integers.min,
    false,
  ]);
});
