import { loadKoffi } from './ffi';

let bound: ((base: number, exponent: number) => number) | undefined;

/** pow(3) of the C library, which V8's own operator differs from in the last digits, and for 1 and -1 to powers that are no finite numbers. */
export function pow(base: number, exponent: number): number {
  bound ??= loadKoffi().load('libm.so.6').func('double pow(double, double)') as NonNullable<typeof bound>;
  return bound(base, exponent);
}
