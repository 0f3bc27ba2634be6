/** Digits of non-negative finite numbers as C's printf and Python's format() give them: ties go to the even digit, where JavaScript rounds up. */

/** `%.<precision>f` */
export function fixed(value: number, precision: number): string {
  if (value >= 1e21) return precision > 0 ? `${BigInt(value)}.${'0'.repeat(precision)}` : String(BigInt(value));
  const places = Math.min(precision, 100);
  const text = value.toFixed(places);
  const exact = value.toFixed(100);
  const cut = exact.slice(0, exact.length - 100 + places).replace(/\.$/, '');
  const even = isTie(exact.slice(exact.length - 100 + places)) && '02468'.includes(cut.at(-1)!);
  return (even ? cut : text) + '0'.repeat(precision - places);
}

/** `%.<precision>e` */
export function exponential(value: number, precision: number): string {
  const places = Math.min(precision, 100);
  const [exact = '', power = '+0'] = value.toExponential(100).split('e');
  const cut = exact.slice(0, exact.length - 100 + places).replace(/\.$/, '');
  const even = isTie(exact.slice(exact.length - 100 + places)) && '02468'.includes(cut.at(-1)!);
  const text = even ? `${cut}e${power}` : value.toExponential(places);
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}

/** `%.<precision>g`; with `alternate` (`#`) trailing zeros stay. Powers of ten below `limit` (default: the precision) are written without one. */
export function general(value: number, precision: number, alternate = false, limit = Math.max(precision, 1)): string {
  const significant = Math.max(precision, 1);
  const scientific = exponential(value, significant - 1);
  const power = Number(scientific.slice(scientific.indexOf('e') + 1));
  if (power >= -4 && power < limit) return alternate ? fixed(value, significant - 1 - power) : trim(fixed(value, significant - 1 - power));
  const [mantissa = '', exponent = ''] = scientific.split('e');
  return `${alternate ? mantissa : trim(mantissa)}e${exponent}`;
}

const isTie = (rest: string) => /^50*$/.test(rest);
const trim = (text: string) => (text.includes('.') ? text.replace(/\.?0*$/, '') : text);
