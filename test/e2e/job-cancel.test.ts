import { inside } from './processes';

test('flux job cancel cancels one job, and warns if its message names others', async () => {
  const { stdout, stderr } = await inside(
    1,
    `a=$(flux mini submit sleep 1000); b=$(flux mini submit sleep 1000); flux job cancel $a $b; echo $? $b
     flux job wait-event -f json $a exception | grep -o '"note":"[^"]*"'; flux jobs -no {id}; flux job cancel $b 3 strikes; echo $?`,
  );
  const [status, note, left, second] = stdout.split('\n');
  const b = status!.slice(2);
  expect([status![0], note, left, second]).toEqual(['0', `"note":"${b}"`, b, '0']);
  expect(stderr).toBe(`flux-job: warning: ${b} is not canceled: only the first argument is a job, the others are its message\n`);
});
