import os from 'node:os';
import { getGroup, getPasswd } from '../../../core/sys/accounts';

test('the entries of root, by name and by id', () => {
  expect(getPasswd('root')).toEqual({ name: 'root', passwd: 'x', uid: 0, gid: 0, dir: '/root', shell: expect.stringMatching(/^\//) });
  expect(getPasswd(0)).toEqual(getPasswd('root'));
  expect(getGroup(0)).toEqual({ name: 'root', gid: 0, mem: expect.any(Array) });
  expect(getGroup('root')).toEqual(getGroup(0));
  expect(getPasswd(os.userInfo().uid)?.name).toBe(os.userInfo().username);
});

test.each(['no such user', '', '0', '-s'])('none for the name %j', (name) => {
  expect([getPasswd(name), getGroup(name)]).toEqual([undefined, undefined]);
});

test('none for an id that nobody has', () => {
  expect([getPasswd(4_000_000_001), getGroup(4_000_000_001)]).toEqual([undefined, undefined]);
});
