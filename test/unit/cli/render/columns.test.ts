import { ColumnFormat, headerSpec } from '../../../../cli/render/columns';
import { pyFormat } from '../../../../cli/render/pyformat';
import { PyObject, type PyValue, str } from '../../../../cli/render/pyvalue';
import { real } from '../../../../core/formats/json';
import { inUtc, inZone } from '../../../support/zones';

const job: Record<string, PyValue> = {
  name: 'foo',
  ntasks: 4,
  nnodes: '',
  runtime: real(62.25),
  t_run: real(0),
  t_submit: real(1600000000.123),
  success: true,
  nodelist: 'host[0-1]',
  sched: new PyObject('', 'AnnotationsInfo'),
  big: 2n ** 63n,
  never: real(1e300),
};
const line = (format: string, values = job) => new ColumnFormat(format).line((field) => values[field]!);
const header = (format: string) => new ColumnFormat(format).header((field) => field.toUpperCase());

describe('line formats of flux jobs', () => {
  inUtc();

  test.each([
    [
      '[{name:>8}] [{name:<8}] [{name:^9}] [{name:.2}] [{name:>8.2}] [{name:*^9}]',
      '[     foo] [foo     ] [   foo   ] [fo] [      fo] [***foo***]',
    ],
    ['[{ntasks:>6}] [{ntasks:06d}] [{ntasks:x}] [{ntasks:5d}] [{ntasks:,}] [{ntasks:+d}]', '[     4] [000004] [4] [    4] [4] [+4]'],
    ['{name!s} {name!r} {ntasks!s:>4}|', "foo 'foo'    4|"],
    ['{success:<6}|{success!s:<6}|{success:h}', '1     |True  |True'],
    ['{t_submit!D} {t_run!D}', '2020-09-13T12:26:40 1970-01-01T00:00:00'],
    ['{t_submit!d:%H:%M:%S} {t_submit!d}', '12:26:40 2020-09-13 12:26:40.123000'],
    ['{never!D}|{never!D:h}|{never!d}|{never}', '|-|1970-01-01 00:00:00|1e+300'],
    ['{nnodes!D}|{nnodes!F}|{nnodes!H}|{nnodes!d}', '|||1970-01-01 00:00:00'],
    [
      '{sched!D}|{sched!F}|{sched!H}|{sched!D:h}|{sched!F:>3h}|{sched!H:h}|{sched!d:%H:%M}|{sched!d}',
      '|||-|  -|-|00:00|1970-01-01 00:00:00',
    ],
    ['{nodelist:h} {nnodes:<3h}| {runtime!F:>8h} {runtime!H:h} {t_run:h} {t_run!D:h}', 'host[0-1] -  |   1.038m 0:01:02 - -'],
    ['{runtime} {runtime:.1f} {big} {t_submit}', '62.25 62.2 9223372036854775808 1600000000.123'],
    ['a{}b', 'ab'],
  ])('%s', (format, expected) => {
    expect(line(format)).toBe(expected);
  });
  test.each([
    [86400, '1 day, 0:00:00'],
    [172800, '2 days, 0:00:00'],
    [0.5, '0:00:01'],
    [1.5, '0:00:02'],
    [2.5, '0:00:02'],
    [0, '0:00:00'],
  ])('!H of %d seconds is %s', (value, expected) => {
    expect(line('{x!H}', { x: real(value) })).toBe(expected);
  });
  test.each([
    ['{name:zz}', "Unknown format code 'z' for object of type 'str'"],
    ['{ntasks:s}', "Unknown format code 's' for object of type 'int'"],
    ['{sched:>5}', 'unsupported format string passed to AnnotationsInfo.__format__'],
    ['{name!x}', 'Unknown conversion specifier x'],
    ['a}b', "Single '}' encountered in format string"],
    ['a{b', "expected '}' before end of string"],
  ])('%s is an error', (format, text) => {
    expect(() => line(format)).toThrow(text);
  });
  test('a time that has not come is a dash in any zone', () => {
    expect(inZone('IST-5:30', () => line('{t_run!D:h} {t_run!D} {t_submit!D:h}'))).toBe('- 1970-01-01T05:30:00 2020-09-13T17:56:40');
  });
  test.each([
    ['IST-5:30', '17:56 2020-09-13T17:56:40 2020-09-13 17:56:40.123000'],
    ['CET-1CEST,M3.5.0,M10.5.0/3', '14:26 2020-09-13T14:26:40 2020-09-13 14:26:40.123000'],
    [':Europe/Berlin', '14:26 2020-09-13T14:26:40 2020-09-13 14:26:40.123000'],
  ])('times are those of the zone %s', (zone, expected) => {
    expect(inZone(zone, () => line('{t_submit!d:%H:%M} {t_submit!D} {t_submit!d}'))).toBe(expected);
  });
  test('the header keeps text, widths and alignment', () => {
    expect(header('[{name:>8}] [{name:.3}] [{name:>8.3}] {name:*^12}|{name:12s}|{name!r:>8}|{name:>5h}|{name:h}')).toBe(
      '[    NAME] [NAME] [     NAM] ****NAME****|NAME        |    NAME| NAME|NAME',
    );
  });
  test.each([
    ['>6d', '>6'],
    ['06d', '06'],
    ['<5x', '<5'],
    ['0.3f', '3'],
    ['.2f', '2'],
    ['>8.3f', '>83'],
    ['.3', ''],
    [',', ''],
    ['%H:%M', ''],
    ['=+6', ''],
    ['>20', '>20'],
  ])('the spec %s becomes %s in the header', (spec, expected) => {
    expect(headerSpec(spec)).toBe(expected);
  });
});

describe("Python's format()", () => {
  test.each<[PyValue, string, string]>([
    [real(0.5), '.0f', '0'],
    [real(2.5), '.0f', '2'],
    [real(1.5), '.0f', '2'],
    [real(0.125), '.2f', '0.12'],
    [real(1234567.5), ',.1f', '1,234,567.5'],
    [real(-1.5), '+.2e', '-1.50e+00'],
    [real(1e-5), 'g', '1e-05'],
    [real(0.25), '%', '25.000000%'],
    [real(3), '', '3.0'],
    [real(3), '6', '   3.0'],
    [real(1e22), '.3f', '10000000000000000000000.000'],
    [real(12345), '.2', '1.2e+04'],
    [255, '#x', '0xff'],
    [255, '#010b', '0b11111111'],
    [-5, '=+6', '-    5'],
    [1234567, '_', '1_234_567'],
    [7, '.1f', '7.0'],
    [65, 'c', 'A'],
    ['ab', '05', 'ab000'],
    [true, 'd', '1'],
    [real(0), '.1', '0e+00'],
    [real(62.25), '.2', '6.2e+01'],
    [real(62.25), '.3', '62.2'],
    [real(62), '5.3', ' 62.0'],
    [real(123456.789), '.6', '1.23457e+05'],
    [real(1e-7), '#', '1.e-07'],
    [real(-0.5), '#.0f', '-0.'],
    [real(-0.001), 'z.1f', '0.0'],
    [real(62.25), '09,.1f', '000,062.2'],
    [1234, '09,', '0,001,234'],
    [0, '#016_x', '0x0000_0000_0000'],
    [65, '4c', '   A'],
    ['ab', '*<05', 'ab***'],
  ])('format(%s, %j) is %s', (value, spec, expected) => {
    expect(pyFormat(value, spec)).toBe(expected);
  });
  test.each<[PyValue, string, string]>([
    [true, 's', "Unknown format code 's' for object of type 'bool'"],
    ['ab', '5 x', "Invalid format specifier '5 x' for object of type 'str'"],
    ['ab', 'x ', "Invalid format specifier 'x ' for object of type 'str'"],
    ['ab', ' ', 'Space not allowed in string format specifier'],
    ['ab', 'z', 'Negative zero coercion (z) not allowed in string format specifier'],
    ['ab', '=5', "'=' alignment not allowed in string format specifier"],
    ['ab', ',', "Cannot specify ',' with 's'."],
    [7, '.', 'Format specifier missing precision'],
    [7, '.2', 'Precision not allowed in integer format specifier'],
    [7, ',x', "Cannot specify ',' with 'x'."],
    [7, ',_', "Cannot specify both ',' and '_'."],
    [7, ',,', "Cannot specify ',' with ','."],
    [7, '5 ', "Unknown format code '\\x20' for object of type 'int'"],
    [7, '#c', "Alternate form (#) not allowed with integer format specifier 'c'"],
  ])('format(%s, %j) fails: %s', (value, spec, text) => {
    expect(() => pyFormat(value, spec)).toThrow(new Error(text));
  });
  test.each([
    [1638483812.5723817, '1638483812.5723817'],
    [1e16, '1e+16'],
    [1e-7, '1e-07'],
    [2e22, '2e+22'],
    [0.0001, '0.0001'],
    [1e15, '1000000000000000.0'],
    [0, '0.0'],
  ])('repr(%d) is %s', (value, expected) => {
    expect(str(real(value))).toBe(expected);
  });
});
