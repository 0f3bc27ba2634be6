import { formatG } from '../../../core/formats/cformat';
import { formatFsd, formatFsdBrief, parseFsd, parseFsdOption } from '../../../core/formats/fsd';
import { golden, outcome } from './golden';

const { fsd } = golden<{
  fsd: {
    parse: { in: string; seconds?: number; errno?: string }[];
    format: { in: number; precision: number; out?: string; errno?: string }[];
  };
}>('sets.json');
const cli = golden<{ fsd: { in: string; seconds?: number; error?: string }[]; fsd_c: { in: string; ok: boolean }[] }>('cli.json');

describe('Flux Standard Duration', () => {
  test.each(fsd.parse)('parses $in', (c) => {
    expect(outcome(() => parseFsd(c.in))).toEqual(c.errno ? { errno: c.errno } : c.seconds! + 0);
  });
  test.each(fsd.format)('formats $in with $precision digits', (c) => {
    expect(outcome(() => formatFsd(c.in, c.precision))).toEqual(c.out ?? { errno: c.errno });
  });
  test.each(cli.fsd)('parses the time limit $in as flux mini does', (c) => {
    if (c.error) expect(() => parseFsdOption(c.in)).toThrow(c.error);
    else expect(parseFsdOption(c.in)).toBe(c.seconds! + 0);
  });
  test.each(cli.fsd_c)('accepts $in, or not, as C commands do', (c) => {
    expect(typeof outcome(() => parseFsd(c.in))).toBe(c.ok ? 'number' : 'object');
  });
  test.each([
    [0.0005, '0s'],
    [0.5, '0.500s'],
    [12.345678, '12.35s'],
    [61, '1.017m'],
    [7200, '2h'],
    [86400 * 3.5, '3.5d'],
  ])('prints %p in brief as %s', (seconds, text) => {
    expect(formatFsdBrief(seconds)).toBe(text);
  });
});

describe('%g', () => {
  test.each([
    [0, 6, '0'],
    [100000, 6, '100000'],
    [1e6, 6, '1e+06'],
    [0.0001, 6, '0.0001'],
    [0.00001, 6, '1e-05'],
    [2.5, 1, '2'],
    [3.5, 1, '4'],
    [-1.25, 2, '-1.2'],
    [1e-300, 3, '1e-300'],
    [123, 1, '1e+02'],
  ])('prints %p with %p digits as %s', (value, precision, text) => {
    expect(formatG(value, precision)).toBe(text);
  });
});
