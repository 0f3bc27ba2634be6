import { closeFd, createPipe } from '../../../core/sys/fds';
import { Pty, setWindowSize } from '../../../core/sys/pty';
import { type SpawnOptions, spawnProcess } from '../../../core/sys/spawn';
import { plainEnv, readUntil, text } from './run';

const onTerminal = (pty: Pty, script: string, options: Partial<SpawnOptions> = {}) =>
  spawnProcess({ argv: ['sh', '-c', script], env: plainEnv, terminal: pty.slave, ...options });

async function output(script: string, options: Partial<SpawnOptions> = {}): Promise<string> {
  const pty = new Pty({ rows: 10, cols: 40 });
  const child = onTerminal(pty, script, options);
  const printed = await text(pty.stream);
  await child.exited;
  pty.close();
  return printed.replaceAll('\r\n', '\n');
}

test('a child on a terminal has it on 0 to 2 and as its controlling terminal', async () => {
  const printed = await output('test -t 0 && test -t 1 && test -t 2 && tty && echo yes >/dev/tty && ps -o tty= -p $$');
  expect(printed).toMatch(/^(\/dev\/pts\/\d+)\nyes\npts\/\d+\s*\n$/);
});

test('output ends when the last process has closed the terminal, and none is lost', async () => {
  const printed = await output('i=0; while [ $i -lt 5000 ]; do echo line $i; i=$((i+1)); done');
  expect(printed.split('\n').length).toBe(5001);
  expect(printed.endsWith('line 4999\n')).toBe(true);
});

test('what is typed reaches the child, control characters as signals of its foreground group', async () => {
  const pty = new Pty({ rows: 24, cols: 80 });
  const child = onTerminal(pty, 'read x; echo "<$x>"; exec sleep 1000');
  pty.stream.write('hello\n');
  await readUntil(pty.stream, (s) => s.includes('<hello>'));
  expect(pty.foregroundGroup).toBe(child.pid);
  pty.stream.write('\x03');
  expect((await child.exited).signal).toBe(2);
  pty.close();
});

test('the size is seen by the child, and a change sends it SIGWINCH', async () => {
  const pty = new Pty({ rows: 10, cols: 40 });
  const child = onTerminal(pty, 'trap "stty size; exit 0" WINCH; stty size; while :; do sleep 0.01; done');
  await readUntil(pty.stream, (s) => s.includes('10 40'));
  const changed = readUntil(pty.stream, (s) => s.includes('20 50'));
  pty.size = { rows: 20, cols: 50 };
  await changed;
  expect(pty.size).toEqual({ rows: 20, cols: 50 });
  expect((await child.exited).code).toBe(0);
  pty.close();
});

test('typing more than the terminal takes does not block, and all of it arrives', async () => {
  const pty = new Pty();
  const child = onTerminal(pty, 'stty raw -echo; echo ready; read x <&3; head -c 300000 | wc -c', {
    stdio: [undefined, undefined, undefined, 'socketpair'],
  });
  await readUntil(pty.stream, (s) => s.includes('ready'));
  pty.stream.write('x'.repeat(300_000));
  expect(pty.stream.writableLength).toBeGreaterThan(0);
  const counted = readUntil(pty.stream, (s) => s.includes('300000'));
  child.stdio[3]!.write('go\n');
  await counted;
  await child.exited;
  child.closeStdio();
  pty.close();
});

test('closing the master hangs the child up', async () => {
  const pty = new Pty();
  const child = onTerminal(pty, 'exec sleep 1000');
  pty.close();
  expect((await child.exited).signal).toBe(1);
});

test('a directory that can’t be entered is reported on the terminal', async () => {
  const printed = await output('pwd', { cwd: '/no/such', fallbackCwd: true });
  expect(printed).toBe('Could not change dir to /no/such: No such file or directory. Going to /tmp instead\n/tmp\n');
});

test('a paused stream holds the output back, a resumed one gives it', async () => {
  const pty = new Pty();
  const child = onTerminal(pty, 'echo one; read x; echo two; head -c 20000 /dev/zero | tr "\\0" x');
  await readUntil(pty.stream, (s) => s.includes('one'));
  pty.stream.pause();
  pty.stream.write('\n');
  const rest = await text(pty.stream);
  expect(rest).toContain('two');
  expect(rest.length).toBeGreaterThan(20_000);
  await child.exited;
  pty.close();
});

test('channels above 2 work beside a terminal', async () => {
  const pty = new Pty();
  const child = onTerminal(pty, 'echo channel >&3', { stdio: [undefined, undefined, undefined, 'pipe'] });
  expect(await text(child.stdio[3]!)).toBe('channel\n');
  await child.exited;
  pty.close();
});

test('a window size is checked, and a pipe has none', () => {
  const [reader, writer] = createPipe();
  expect(() => setWindowSize(reader, { rows: 1, cols: 1 })).toThrow('Inappropriate ioctl for device');
  expect(() => setWindowSize(reader, { rows: -1, cols: 1 })).toThrow('Invalid argument');
  closeFd(reader);
  closeFd(writer);
});
