import { inside } from '../processes';

test('no command of flux kvs takes an empty key for the root', async () => {
  const commands = ["ls ''", "ls -d ''", "get ''", "dir ''", "put '=1'", "unlink ''", "mkdir ''", "readlink ''", "eventlog get ''"];
  const { stdout, stderr } = await inside(1, `${commands.map((command) => `flux kvs ${command}; echo $?`).join('; ')}`);
  expect(stdout).toBe('1\n'.repeat(commands.length));
  expect(
    stderr
      .trimEnd()
      .split('\n')
      .every((line) => line.endsWith(': Invalid argument')),
  ).toBe(true);
});
