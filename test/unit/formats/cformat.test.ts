import { execFileSync } from 'node:child_process';
import { formatNumber, type NumberFormat } from '../../../core/formats/cformat';
import { randomFrom } from '../../support/random';

const spec = ({ conversion, precision, alternate }: NumberFormat) => `%${alternate ? '#' : ''}.${precision}${conversion}`;

test('numbers are printed as printf(1) of the system prints them', () => {
  const random = randomFrom(7);
  const special = [0, -0, 0.5, 1.5, 2.5, 1e21, 1e22, 5e-324, 1.7976931348623157e308, 9.995, 999999.5, 1e-5, 0.0001, 123456789];
  const cases: { format: NumberFormat; value: number }[] = [];
  for (let i = 0; i < 600; i++) {
    const value = i % 3 ? (random(2 ** 31) / 2 ** random(40)) * 10 ** (random(20) - 10) : special[random(special.length)]!;
    const conversion = (['e', 'f', 'g'] as const)[random(3)]!;
    cases.push({ format: { conversion, precision: random(18), alternate: random(4) === 0 }, value: random(2) ? value : -value });
  }
  // a hexadecimal literal, so that printf reads the very double
  const hex = ({ value }: { value: number }) => {
    const bits = new DataView(new ArrayBuffer(8));
    bits.setFloat64(0, value);
    const exponent = (bits.getUint16(0) >> 4) & 0x7ff;
    const fraction = (bits.getBigUint64(0) & ((1n << 52n) - 1n)).toString(16).padStart(13, '0');
    return `${value < 0 || Object.is(value, -0) ? '-' : ''}0x${exponent ? 1 : 0}.${fraction}p${(exponent || 1) - 1023}`;
  };
  const text = execFileSync('printf', [cases.map(({ format }) => `${spec(format)}\\n`).join(''), ...cases.map(hex)], {
    encoding: 'utf8',
    env: { ...process.env, LC_ALL: 'C' },
  });
  const got = cases.map(({ format, value }) => `${spec(format)} ${value}: ${formatNumber(value, format)}`);
  expect(got).toEqual(
    text
      .split('\n')
      .slice(0, -1)
      .map((line, i) => `${spec(cases[i]!.format)} ${cases[i]!.value}: ${line}`),
  );
});

test('what is no number has a name', () => {
  expect([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY].map((value) => formatNumber(value, { conversion: 'g' }))).toEqual(
    ['nan', 'inf', '-inf'],
  );
});
