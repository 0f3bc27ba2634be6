import { TaskGroup } from '../../../core/shell/task/group';
import { signals } from '../../../core/sys/signals';
import { type Child, spawnProcess } from '../../../core/sys/spawn';

const spawnIn = (group: TaskGroup): Child => {
  const child = spawnProcess({ argv: ['sleep', '1000'], env: process.env, pgroup: group.next });
  group.started(child);
  return child;
};
const end = async (child: Child) => {
  child.kill(signals.SIGKILL);
  await child.exited;
};

test('tasks join the group of the first, and lead another when it is gone; each group is told of, and when nobody is left in it', async () => {
  const told: string[] = [];
  const group = new TaskGroup((pgid, exists) => told.push(`${pgid} ${exists ? 'exists' : 'is gone'}`));
  const first = spawnIn(group);
  const second = spawnIn(group);
  expect(group.next).toBe(first.pid);
  await end(first);
  expect(group.next).toBe('new');
  const third = spawnIn(group);
  expect(told).toEqual([`${first.pid} exists`, `${third.pid} exists`]);
  await end(second);
  expect(told.slice(2)).toEqual([`${first.pid} is gone`]);
  await end(third);
});
