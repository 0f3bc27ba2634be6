import { inside } from './processes';

/** Without the memory that all of the set's members would take. */
const frugal = 'ulimit -d 4000000';

test('a job for each of a hundred million ids is made when it is its turn', async () => {
  const { stdout } = await inside(
    1,
    `${frugal}; flux mini submit --dry-run --cc=0-99999999 echo {cc} | grep -o '"command": [^]]*]'
     flux mini bulksubmit --dry-run --progress --cc=0-99999999 echo {} ::: 1 2 | head -n 1`,
  );
  expect(stdout).toBe('"command": ["echo", "0"]\nflux-mini: submitting a total of 200000000 jobs\n');
});

test('more ranks than there can be are refused; a few are told of one by one', async () => {
  const { stdout, stderr } = await inside(1, `${frugal}; flux exec -r 0-4000000000 true; echo $?; flux exec -r 1 true; echo $?`);
  expect(stdout).toBe('1\n68\n');
  expect(stderr).toBe('flux-exec: 0-4000000000: this instance has one rank only\nflux-exec: Error: rank 1: true: No route to host\n');
});

test('an instance of more brokers than memory can hold is refused before any is started', async () => {
  const { stdout, stderr } = await inside(1, 'flux start -s 1000000000 true; echo $?');
  expect(stdout).toBe('1\n');
  expect(stderr).toMatch(/^flux-start: --test-size: this machine has memory for \d+ brokers at most\n$/);
});
