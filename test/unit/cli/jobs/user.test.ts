import { userOf } from '../../../../cli/commands/jobs/user';

test.each([
  ['0', 0],
  ['+0', 0],
  [' 0 ', 0],
  ['0_0', 0],
  ['1_000', 1000],
  ['00042', 42],
  ['root', 0],
])('--user=%j is the user %d', (text, uid) => expect(userOf(text)).toBe(uid));

test.each(['nosuchuser', '', '0_', '_0', '0__0', '1.0', '0x1', '+'])('--user=%j is nobody', (text) => {
  expect(() => userOf(text)).toThrow(`invalid literal for int() with base 10: '${text}'`);
});
