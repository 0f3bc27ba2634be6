import { kill, processExists } from '../../core/sys/signals';
import { flux, inside, type Running, start } from './processes';

test('{cc} stands for every id, 0 too', async () => {
  const { stdout } = await inside(1, 'flux mini submit --quiet --watch --cc=0-1 echo {cc} | sort');
  expect(stdout).toBe('0\n1\n');
});

test('a batch script may have the ends of lines of other systems', async () => {
  const { stdout } = await inside(
    1,
    `printf '#!/bin/sh\\r\\necho "in a batch job"\\r\\n' >script.$$; flux mini batch --output=out.$$ -n1 script.$$ >/dev/null; flux queue drain; cat out.$$
     flux mini batch --output=out.$$ -n1 <script.$$ >/dev/null; flux queue drain; cat out.$$; rm script.$$ out.$$`,
  );
  expect(stdout).toBe('in a batch job\nin a batch job\n');
});

test('--progress counts jobs that end before they run, of whatever kind', async () => {
  const { stdout } = await inside(
    1,
    `flux queue stop >/dev/null; script -qec 'flux mini bulksubmit --quiet -n{} --progress --wait true ::: 1 1 1 999' /dev/null >out.$$ 2>/dev/null &
     until test $(flux jobs -no {id} | wc -l) = 4; do :; done
     flux job cancel $(flux jobs -no {id} | head -n 1); flux queue start >/dev/null; wait; grep -ao 'PD:[^│]*' out.$$ | tail -n 1; rm out.$$`,
  );
  expect(stdout).toMatch(/^PD:0 R:0 CD:2 F:2 \n$/);
});

test('a job with a terminal ends with the code of its task, or with that of its failure to start', async () => {
  const { stdout, stderr } = await inside(
    1,
    `for job in 'run -o pty sh -c "exit 7"' 'run -o pty sh -c "kill -9 \\$\\$"' 'run -o pty true' 'run -o pty no-such-command' 'alloc -n1 -o pty sh -c "exit 5"'; do
       eval "flux mini $job" >/dev/null; echo $?
     done`,
  );
  expect(stdout).toBe('7\n137\n0\n127\n5\n');
  expect(stderr).toContain('task 0: start failed: no-such-command: No such file or directory');
});

test('a job whose shell is killed leaves nobody at its terminal', async () => {
  const { stdout } = await inside(1, `flux mini run -o pty sh -c 'kill -9 $PPID; exec sleep 1000'; echo status $?`);
  expect(stdout.endsWith('status 137\n')).toBe(true);
});

test.each([
  ['of the terminal', (running: Running) => running.kill(2), true],
  ['to the command', (running: Running) => running.kill(2), false],
  ['to the Python', (_: Running, python: number) => kill(python, 2), false],
])('SIGINT %s ends bulksubmit and the Python of --define', async (_, interrupt, group) => {
  const code = 'print(f"python3 is {os.getpid()}.", flush=True), __import__("signal").pause()';
  const running = start([flux, 'mini', 'bulksubmit', '--dry-run', `--define=f=${code}`, 'echo', '{.f}', ':::', 'a'], { group });
  const python = Number(/\d+(?=\.)/.exec(await running.says('.\n'))![0]);
  interrupt(running, python);
  const { status, stderr } = await running.ended;
  expect([status, stderr]).toEqual([130, '']);
  expect(processExists(python)).toBe(false);
});

test('--define is asked before anything is submitted, and its values are what jobs get', async () => {
  const { stdout, stderr } = await inside(
    1,
    `flux mini bulksubmit --quiet --define='n=int(x)' echo {.n} ::: 1 a; flux jobs -ano {id} | wc -l
     flux mini bulksubmit --quiet --watch --define='words=[*x]' --define='seconds=int(x[0]) + 60' -t {.seconds} echo {.words} ::: 12`,
  );
  expect(stdout).toBe('0\n1 2\n');
  expect(stderr).toContain("flux-mini: ERROR: invalid literal for int() with base 10: 'a'\n");
});
