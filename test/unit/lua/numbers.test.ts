import { inUtc } from '../../support/zones';
import { scratch } from '../shell/standalone';
import { printed, values } from './run';

const folder = scratch();

/** Each expression, and what it prints. */
async function check(rows: readonly (readonly [expression: string, text: string])[]): Promise<void> {
  const texts = await values(
    folder(),
    rows.map(([expression]) => expression),
  );
  expect(rows.map(([expression], i) => [expression, texts[i]])).toEqual(rows);
}

describe('numbers of Lua', () => {
  inUtc();

  test('are exact beyond 32 bits, up to 64', () =>
    check([
      ['100000 * 100000', '10000000000'],
      ['2147483647 + 1', '2147483648'],
      ['-2147483648 - 1', '-2147483649'],
      ['3037000500 * 3037000499', '9223372033963249500'],
      ['9007199254740993 + 2', '9007199254740995'],
      ['math.maxinteger, math.mininteger', '9223372036854775807\t-9223372036854775808'],
      ['math.maxinteger + 1 == math.mininteger', 'true'],
      [
        'math.maxinteger // 10, math.maxinteger % 10, math.mininteger // 3, math.mininteger % 7',
        '922337203685477580\t7\t-3074457345618258603\t6',
      ],
      ['-7 // 2, -7 % 3, 7 // -2, 7 % -3, -(0), 0 * -1', '-4\t2\t-4\t-2\t0\t0'],
      ['1 << 40, 1 << 63, 1 << 64, 1 >> -3, -1 >> 60', '1099511627776\t-9223372036854775808\t0\t8\t15'],
      ['0xffffffff & 0xff00ff00, 1 | 2^40, ~0, ~5.0, 5 ~ 2^33', '4278255360\t1099511627777\t-1\t-6\t8589934597'],
      ['0xffffffffffffffff, 9223372036854775807, 9223372036854775808', '-1\t9223372036854775807\t9.2233720368548e+18'],
      ['9007199254740993 == 2^53, 9007199254740992 == 2^53, 9007199254740993 > 2^53', 'false\ttrue\ttrue'],
      ['math.type(1), math.type(2^53), math.type(1 << 53), math.type("1")', 'integer\tfloat\tinteger\tnil'],
      [
        'math.tointeger(3.0), math.tointeger(3.5), math.abs(math.mininteger + 1), math.fmod(-9223372036854775807, 10)',
        '3\tnil\t9223372036854775807\t-7',
      ],
    ]));

  test('of a job id are what the shell knows, whatever its size', async () => {
    const script = 'print(shell.info.jobid, shell.info.jobid + 1, string.format("%d %x", shell.info.jobid, shell.info.jobid))';
    expect(await printed(folder(), script, { jobid: 14495514624n })).toEqual(['14495514624\t14495514625\t14495514624 360000000']);
    const large = 2n ** 62n + 1n;
    expect(await printed(folder(), script, { jobid: large })).toEqual([`${large}\t${large + 1n}\t${large} ${large.toString(16)}`]);
  });

  test('that are large are keys of tables, the same one as integer and as float', () =>
    check([
      ['(function() local t = {[2^53] = 1, [1 << 60] = 2} return t[9007199254740992], t[2^60], t[1 << 53] end)()', '1\t2\t1'],
      ['next({[2^53] = true})', '9007199254740992\ttrue'],
    ]));

  test('that are integral print without a fraction, as in 5.1', () =>
    check([
      ['10 / 2, 2^2, 3.0, 7 / 7 .. "", 1e3', '5\t4\t3\t1\t1000'],
      ['1e14, 1e15, 2^53, 1e100, 2^31', '1e+14\t1e+15\t9.007199254741e+15\t1e+100\t2147483648'],
      ['1/3, 0.1, 1e-5, 123456.789e3, -1.5', '0.33333333333333\t0.1\t1e-05\t123456789\t-1.5'],
      ['-0.0, 1/0, -1/0, 0/0', '-0.0\tinf\t-inf\t-nan'],
      ['"10" + 1, "0x10" * 2, 10 .. "", "3" / 1', '11\t32\t10\t3'],
    ]));

  test('are formatted as C does', () =>
    check([
      ['string.format("%e %g %.0f %.3d %E", 12345.678, 1e6, 2.5, 5, 7.5)', '1.234568e+04 1e+06 2 005 7.500000E+00'],
      ['string.format("%d %d %d %i", 3.7, 2^31, -3.7, "12")', '3 2147483648 -3 12'],
      ['string.format("%x %X %o %#x %#o %u", 255, 255, 8, 255, 8, 7)', 'ff FF 10 0xff 010 7'],
      ['string.format("%x %d", -1, math.maxinteger)', 'ffffffffffffffff 9223372036854775807'],
      ['string.format("[%5d|%-5d|%05d|%+d|% d|%5.3d]", 42, 42, 42, 42, 42, 7)', '[   42|42   |00042|+42| 42|  007]'],
      ['string.format("%a %A %.2a %a %a", 1.5, 0.1, 1.999, 0, 2^-1074)', '0x1.8p+0 0X1.999999999999AP-4 0x2.00p+0 0x0p+0 0x1p-1074'],
      [
        'string.format("%.3f %.0e %#.0f %g %g %.20f", 2.0005, 15000, 3, 1e-5, 123456789, 0.1)',
        '2.001 2e+04 3. 1e-05 1.23457e+08 0.10000000000000000555',
      ],
      ['string.format("%c%c%5s|%-5s|%.2s|%%", 72, 105, "a", "b", "cde")', 'Hi    a|b    |cd|%'],
      ['string.format("%q %q %q", 1/3, 5, true)', '0x1.5555555555555p-2 5 true'],
      ['(string.format("%q", "a\\0b\\n\\"c\\\\\\r1"):gsub("\\n", "N"))', '"a\\0b\\N\\"c\\\\\\0131"'],
      ['pcall(string.format, "%d")', "false\tbad argument #2 to 'string.format' (no value)"],
      ['pcall(string.format, "%d", "x")', "false\tbad argument #2 to 'string.format' (number expected, got string)"],
      ['pcall(string.format, "%y", 1)', "false\tinvalid option '%y' to 'format'"],
      ['pcall(string.format, "%123d", 1)', 'false\tinvalid format (width or precision too long)'],
    ]));

  test('are read from text in any base', () =>
    check([
      ['tonumber("12", 2), tonumber("101", 2), tonumber("ff", 16), tonumber("-zZ", 36), tonumber("7", 8)', 'nil\t5\t255\t-1295\t7'],
      ['tonumber("7fffffffffffffff", 16), tonumber(" 11 ", 3), tonumber("0xff", 16), tonumber("", 16)', '9223372036854775807\t4\t255\tnil'],
      ['tonumber("1e1", 10), tonumber(10, 16), tonumber("1e1"), tonumber("0x"), tonumber(nil)', '10\t16\t10\tnil\tnil'],
      ['pcall(tonumber, "1", 99)', "false\tbad argument #2 to 'tonumber' (base out of range)"],
      ['pcall(tonumber)', "false\tbad argument #1 to 'tonumber' (value expected)"],
    ]));

  test('count loops up to the largest integer, and no further', async () => {
    const script = [
      'for i = math.maxinteger - 1, math.maxinteger do io.write(i, " ") end print()',
      'for i = math.mininteger + 1, math.mininteger, -1 do io.write(i, " ") end print()',
      'for i = 4294967295, 4294967297 do io.write(i, " ") end print()',
      'for i = 1, 2, 0.5 do io.write(i, " ") end print()',
    ];
    expect(await printed(folder(), script)).toEqual([
      '9223372036854775806 9223372036854775807 ',
      '-9223372036854775807 -9223372036854775808 ',
      '4294967295 4294967296 4294967297 ',
      '1 1.5 2 ',
    ]);
  });

  test('with a fraction are cut where a function wants an integer, as 5.1 does', () =>
    check([
      ['("x"):rep(2.7), ("hello"):sub(2.9, 4.1), ("hello"):sub(2, math.huge), select(2.5, "a", "b")', 'xx\tell\tello\tb'],
      ['pcall(string.rep, "x", 0/0)', "false\tbad argument #2 to 'string.rep' (number has no integer representation)"],
    ]));

  test('of a shell option go to JSON and back unchanged', async () => {
    const script = ['shell.options.n = {9007199254740993, 1.5, 2.0, -1}', 'local n = shell.options.n print(n[1], n[2], n[3], n[4])'];
    expect(await printed(folder(), script)).toEqual(['9007199254740993\t1.5\t2\t-1']);
  });
});
