import { inside } from './processes';

/** Runs a line as a user who is not the instance's owner. */
const asGuest = (line: string) => inside(1, `export FLUX_HANDLE_ROLEMASK=2 FLUX_HANDLE_USERID=4242; ${line}; exit 0`);

test('what a guest writes to the log is dropped, without a word', async () => {
  const { stdout, stderr } = await asGuest(
    'flux logger of-a-guest; echo $?; env -u FLUX_HANDLE_ROLEMASK -u FLUX_HANDLE_USERID flux dmesg | grep -c logger.*of-a-guest',
  );
  expect(stdout).toBe('0\n0\n'); // status; lines
  expect(stderr).toBe('');
});

test('a guest may not read the log', async () => {
  const { stdout, stderr } = await asGuest('flux dmesg; echo $?');
  expect(stdout).toBe('1\n');
  expect(stderr).toBe('flux: log.dmesg: Operation not permitted\n');
});

test('a guest may not cancel the jobs of others', async () => {
  const { stdout, stderr } = await asGuest('flux job cancelall -u all; echo $?; flux job raiseall -u all cancel; echo $?');
  expect(stdout).toBe('1\n1\n');
  expect(stderr).toBe('flux-job: raiseall: guests can only raise exceptions on their own jobs\n'.repeat(2));
});
