import { parseCrontab } from '../../../../cli/commands/cron/crontab';

const argsOf = (when: string) => parseCrontab(`${when} true`, 'f')[0]!.args;

describe('lines of a crontab, as crontab(5) has them', () => {
  test.each([
    ['0 5 1 * *', { minute: '0', hour: '5', mday: '1', month: '*', weekday: '*' }],
    ['*/15 0-23 1-31 1-12 0-7', { minute: '0,15,30,45', hour: '*', mday: '*', month: '*', weekday: '*', days: 'either' }],
    ['0 0 29 2 *', { mday: '29', month: '1' }],
    ['0 0 31 2,12 *', { mday: '31', month: '1,11' }],
    ['* * * * 7', { weekday: '0' }],
    ['* * * * sun', { weekday: '0' }],
    ['* * * * fri-mon', { weekday: '0-1,5-6' }],
    ['* * * * 5-7', { weekday: '0,5-6' }],
    ['* * * * Monday-FRI', { weekday: '1-5' }],
    ['* 22-2 * nov-feb *', { hour: '0-2,22-23', month: '0-1,10-11' }],
    ['5,10-20/5,40 */6 * jan,mar-may *', { minute: '5,10,15,20,40', hour: '0,6,12,18', month: '0,2-4' }],
    ['08 010 09 * *', { minute: '8', hour: '10', mday: '9' }],
    ['0 0 13 * 5', { mday: '13', weekday: '5', days: 'either' }],
    ['0 0 31 2 1', { mday: '31', month: '1', weekday: '1', days: 'either' }],
    ['@daily', { minute: '0', hour: '0', mday: '*', month: '*', weekday: '*' }],
    ['@midnight', { minute: '0', hour: '0', mday: '*', month: '*', weekday: '*' }],
    ['@hourly', { minute: '0', hour: '*', mday: '*', month: '*', weekday: '*' }],
    ['@weekly', { minute: '0', hour: '0', mday: '*', month: '*', weekday: '0' }],
    ['@monthly', { minute: '0', hour: '0', mday: '1', month: '*', weekday: '*' }],
    ['@yearly', { minute: '0', hour: '0', mday: '1', month: '0', weekday: '*' }],
    ['@annually', { minute: '0', hour: '0', mday: '1', month: '0', weekday: '*' }],
  ])('%s', (when, args) => expect(argsOf(when)).toMatchObject({ second: 0, ...args }));

  test('both days must be right where one begins with a star', () => {
    for (const when of ['0 0 13 * *', '0 0 * * 5', '0 0 */2 * 5', '0 0 13 * */2']) expect(argsOf(when)).not.toHaveProperty('days');
  });

  test('blank lines and comments are passed over; a command keeps what is no comment', () => {
    expect(
      parseCrontab('\n# one\n \t\n0 0 * * * echo  "a#b"   # two\n  @daily\ttrue # three\n', 'f').map(({ command }) => command),
    ).toEqual(['echo  "a#b"', 'true']);
    expect(parseCrontab('', 'f')).toEqual([]);
  });

  test.each([
    ['0 0 31 2 * x', 'this date never comes'],
    ['0 0 30 2 * x', 'this date never comes'],
    ['0 0 31 4,6,9,11 * x', 'this date never comes'],
    ['0 0 1 0 * x', "invalid month '0'"],
    ['0 0 1 13 * x', "invalid month '13'"],
    ['60 0 1 1 * x', "invalid minute '60'"],
    ['0 24 1 1 * x', "invalid hour '24'"],
    ['0 0 0 1 * x', "invalid day of month '0'"],
    ['0 0 * * 8 x', "invalid day of week '8'"],
    ['0 0 * ma * x', "invalid month 'ma'"],
    ['0 0 * * mon,,tue x', "invalid day of week ''"],
    ['-5 0 * * * x', "invalid minute '-5'"],
    ['*/0 0 * * * x', "invalid step in minute '*/0'"],
    ['5/2 0 * * * x', "invalid step in minute '5/2'"],
    ['0 0 * * x', 'five fields and a command are needed'],
    ['0 0 * * *', 'five fields and a command are needed'],
    ['0 0 * * * # x', 'five fields and a command are needed'],
    ['@daily', 'five fields and a command are needed'],
    ['@reboot x', '@reboot is none of @yearly @annually @monthly @weekly @daily @midnight @hourly'],
    ['MAILTO=root', 'the environment is set by --preserve-env, or by the command'],
  ])('%s is refused', (line, reason) => {
    expect(() => parseCrontab(`\n@daily x\n${line}\n`, 'my.tab')).toThrow(`my.tab:3: Failed to process crontab line: ${line}: ${reason}`);
  });
});
