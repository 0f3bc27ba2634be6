import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { signals } from '../../core/sys/signals';
import { flux, inside, start } from './processes';

test('flux ping --batch to a service that nobody has says so, as without --batch', async () => {
  const { stdout, stderr } = await inside(1, 'flux ping -b -c3 -i 60 nosuch; echo $?; flux ping -c3 -i 60 nosuch; echo $?');
  expect(stdout).toBe('1\n1\n');
  expect(stderr).toBe('flux-ping: nosuch.ping: Function not implemented\n'.repeat(2));
});

test('flux ping ends with its broker, however long it would wait', async () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-ping-')); // a killed broker leaves its files behind
  const instance = start([flux, 'start', 'flux ping -i 1000 0 2>&1; echo status $?'], { env: { TMPDIR: dir } });
  await instance.says('seq=0');
  instance.kill(signals.SIGKILL);
  await instance.says('flux-ping: 0!broker.ping: Connection reset by peer\nstatus 1');
  await instance.ended;
  fs.rmSync(dir, { recursive: true });
});

test('an interval longer than timers of Node can be is waited for', async () => {
  const { stdout, stderr } = await inside(
    1,
    'flux ping -i 3000000 kvs >out.$$ & until test -s out.$$; do :; done; flux ping -c 1 kvs; kill $!; wait; wc -l <out.$$; rm out.$$',
  );
  expect(stdout).toMatch(/^kvs\.ping .*\n1\n$/);
  expect(stderr).toBe('');
});
