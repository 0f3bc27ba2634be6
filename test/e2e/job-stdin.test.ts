import { inside } from './processes';

test('8 MB on stdin of flux mini run arrive', async () => {
  const { stdout } = await inside(
    1,
    'seq 1200000 >in.$$; flux mini run md5sum <in.$$; cat in.$$ | flux mini run md5sum; md5sum <in.$$; rm in.$$',
  );
  const [file, pipe, expected] = stdout.split('\n');
  expect([file, pipe]).toEqual([expected, expected]);
});

test('lines go in requests of their own; zeros without an end of line, bytes and a last line without one arrive, too', async () => {
  const { stdout } = await inside(
    1,
    `printf 'a\\nb' | flux mini run cat; echo; head -c 300000 /dev/zero | flux mini run wc -c; printf '\\377\\n\\0' | flux mini run od -An -tx1
     flux job eventlog -p guest.input $(flux jobs -ano {id} | tail -n 1) | grep -c data=`,
  );
  expect(stdout).toBe('a\nb\n300000\n ff 0a 00\n2\n');
});

test('a job that reads no more, or has ended, is like a closed pipe: no error of the attached command', async () => {
  const { stdout, stderr } = await inside(
    1,
    'yes | flux mini run head -n 1; echo $?; for i in 1 2 3 4 5; do echo x | flux mini run true; echo $?; done; yes | flux mini run sleep 0.1; echo $?',
  );
  expect(stdout).toBe('y\n0\n0\n0\n0\n0\n0\n0\n');
  expect(stderr).toBe('');
});

test('a job that was over before takes no input, and says so each time; without input there is nothing to say', async () => {
  const { stdout, stderr } = await inside(
    1,
    `id=$(flux mini submit echo hi); flux job wait-event $id clean >/dev/null
     for i in 1 2 3 4 5; do seq 10 | flux job attach $id; echo $?; done; seq 10 >in.$$; flux job attach $id <in.$$; echo $?; rm in.$$
     flux job attach $id </dev/null; echo $?; mkfifo open.$$; flux job attach $id <>open.$$; echo $?; rm open.$$`,
  );
  expect(stdout.replaceAll('hi\n', '')).toBe('1\n1\n1\n1\n1\n1\n0\n0\n');
  expect(stderr).toBe('flux-job: stdin not accepted by job\n'.repeat(6));
});

test('a job whose input is a file takes none from its client', async () => {
  const { stdout, stderr } = await inside(1, 'seq 3 >in.$$; seq 10 | flux mini run --input=in.$$ cat; echo $?; rm in.$$');
  expect(stdout.endsWith('1\n')).toBe(true);
  expect(stderr).toBe('flux-job: stdin not accepted by job\n');
});
