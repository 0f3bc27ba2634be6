/** A number as C's printf prints it with `%.<precision>g`: `1.5`, `59.9833`, `1.15741e+07`. Rounds to even on a tie, as C does. */
export function formatG(value: number, precision = 6): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value < 0 ? '-inf' : 'inf';
  const significant = Math.max(1, precision);
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const [digits, exponent] = roundDecimal(Math.abs(value), significant);
  const sign = value < 0 ? '-' : '';
  if (exponent < -4 || exponent >= significant) {
    const mantissa = trimFraction(`${digits[0]}.${digits.slice(1)}`);
    return `${sign}${mantissa}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
  }
  if (exponent < 0) return sign + trimFraction(`0.${'0'.repeat(-exponent - 1)}${digits}`);
  return sign + trimFraction(`${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`);
}

// Decimal digits and exponent of a positive number, rounded to `significant` digits, half to even.
function roundDecimal(value: number, significant: number): [digits: string, exponent: number] {
  const split = (text: string): [string, number] => {
    const [mantissa, exponent] = text.split('e') as [string, string];
    return [mantissa.replace('.', ''), Number(exponent)];
  };
  const [exact, exponent] = split(value.toExponential(100));
  const isTie = /^50*$/.test(exact.slice(significant));
  if (isTie && Number(exact[significant - 1]) % 2 === 0) return [exact.slice(0, significant), exponent];
  return split(value.toExponential(significant - 1));
}

function trimFraction(text: string): string {
  return text.replace(/\.?0*$/, '');
}
