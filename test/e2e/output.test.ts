import { inside } from './processes';

/** What the commands write to a reader that takes one line and goes; behind it the statuses of all. */
const cut = (...commands: string[]) =>
  inside(1, `flux kvs put k=1 && { ${commands.map((command) => `{ ${command}; echo "status $?" >&2; } | head -n 1`).join('; ')}; }`);

test('commands end silently with the status of SIGPIPE once nobody reads what they write', async () => {
  const { stdout, stderr } = await cut(
    'flux event sub',
    'flux kvs get $(yes k | head -n 20000)',
    'flux kvs get -w k & while flux kvs put k=$(flux kvs version) 2>/dev/null && kill -0 $! 2>/dev/null; do :; done; wait $!',
  );
  expect(stdout.split('\n')).toHaveLength(4);
  expect(stderr).toBe('status 141\n'.repeat(3));
});

test('what can not be written is told in the words of the system', async () => {
  const { stdout, stderr } = await inside(1, 'for c in "getattr size" jobs "event sub heartbeat"; do flux $c >/dev/full; echo $?; done');
  expect(stdout).toBe('1\n1\n1\n');
  expect(stderr.split('\n')).toEqual([
    'flux-getattr: No space left on device',
    'flux-jobs: ERROR: [Errno 28] No space left on device',
    'flux-event: No space left on device',
    '',
  ]);
});
