import { formatCpuList, formatCpuMask, getAffinity, parseCpuset, setAffinity, withAffinity } from '../../../core/sys/affinity';
import { spawnProcess } from '../../../core/sys/spawn';
import { plainEnv, sh } from './run';

const mine = getAffinity();

test('a child is bound to its CPUs, the parent stays where it was', async () => {
  for (const cpu of mine) {
    const { stdout } = await sh('grep Cpus_allowed_list /proc/self/status', { affinity: [cpu] });
    expect(stdout).toBe(`Cpus_allowed_list:\t${cpu}\n`);
    expect(getAffinity()).toEqual(mine);
  }
});

test('the parent stays where it was after a failed spawn, and an affinity without a CPU of this machine is refused', () => {
  expect(() => spawnProcess({ argv: ['no-such-program'], env: plainEnv, affinity: [mine[0]!] })).toThrow('No such file or directory');
  expect(() => spawnProcess({ argv: ['true'], env: plainEnv, affinity: [4000] })).toThrow('Invalid argument');
  expect(() => spawnProcess({ argv: ['true'], env: plainEnv, affinity: [] })).toThrow('Invalid argument');
  expect(getAffinity()).toEqual(mine);
});

test('withAffinity holds for its function only', () => {
  const last = mine.at(-1)!;
  expect(withAffinity([last], () => getAffinity())).toEqual([last]);
  expect(() =>
    withAffinity([last], () => {
      throw new Error('inside');
    }),
  ).toThrow('inside');
  expect(getAffinity()).toEqual(mine);
  expect(() => setAffinity([-1])).toThrow('Invalid argument');
});

test.each([
  ['0-3,8', [0, 1, 2, 3, 8]],
  ['5', [5]],
  ['', []],
  ['3,1,1-2', [1, 2, 3]],
  ['0x0000000f', [0, 1, 2, 3]],
  ['0x3', [0, 1]],
  ['0x1,0x00000002', [1, 32]],
  ['0x0', []],
])('the CPU set %s is read', (text, cpus) => {
  expect(parseCpuset(text)).toEqual(cpus);
});

test.each(['x', '3-1', '1,,2', '0xg', '-1', '0-', '99999999'])('the CPU set %s is refused', (text) => {
  expect(() => parseCpuset(text)).toThrow(`invalid CPU set: ${text}`);
});

test('CPU sets are written as list and as mask', () => {
  expect(formatCpuList([8, 0, 1, 2, 3])).toBe('0-3,8');
  expect(formatCpuList([])).toBe('');
  expect(formatCpuMask([0, 1, 2, 3])).toBe('0x0000000f');
  expect(formatCpuMask([1, 32])).toBe('0x00000001,0x00000002');
  expect(formatCpuMask([])).toBe('0x0');
  expect(parseCpuset(formatCpuMask([0, 31, 64, 100]))).toEqual([0, 31, 64, 100]);
});
