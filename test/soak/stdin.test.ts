import { inside } from '../e2e/processes';

/** Prints the most memory that a process has used so far, in kB. */
const peak = (what: string, pid: string) => `echo "${what} $(sed -n 's/^VmHWM:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/${pid}/status)"`;

test('80 MB on stdin of a job arrive, and no process needs half a gigabyte for it', async () => {
  const { stdout } = await inside(
    1,
    `head -c 60000000 /dev/urandom | base64 >in.$$; md5sum <in.$$
     flux mini run md5sum <in.$$
     ${peak('broker', '$(flux getattr broker.pid)')}; ${peak('host', '$(flux mini run sh -c "echo \\$PPID")')}; rm in.$$`,
  );
  const [expected, arrived, ...peaks] = stdout.trimEnd().split('\n');
  expect(arrived).toBe(expected);
  const kilobytes = Object.fromEntries(peaks.map((line) => line.split(' ')));
  expect(Object.keys(kilobytes)).toEqual(['broker', 'host']);
  for (const name in kilobytes) expect(Number(kilobytes[name])).toBeLessThan(512 * 1024);
});
