import fs from 'node:fs';
import path from 'node:path';
import { shown } from '../../support/jobs';
import { logLine as loggedLine } from '../../support/log-lines';
import { ExecInstance, released } from './exec-instance';

let exec: ExecInstance;
beforeAll(async () => {
  exec = await ExecInstance.start({ size: 2 });
});
afterAll(() => exec.stop());

const exception = (note: string, type = 'exec') => `exception ${JSON.stringify({ severity: 0, type, note })}`;
const logLine = (stream: string, rank: number, data: string) =>
  `log ${JSON.stringify({ component: 'my-shell', stream, rank: String(rank), data })}`;

describe('shells', () => {
  test('are run one a rank; start comes when all run, finish when all are gone', async () => {
    const { answers, exec: log } = await exec.runScript('exit 0', { ranks: '0-1' });
    expect(answers).toEqual(['start {}', 'finish {"status":0}', released]);
    expect(shown(log)).toEqual(['init', 'starting', 'complete {"status":0}', 'done']);
  });

  test('what they print becomes log events, a line each, with rank and the program’s name', async () => {
    const { exec: log } = await exec.runScript('echo one; echo two; echo three >&2; printf end', { ranks: '1' });
    const lines = shown(log).filter((line) => line.startsWith('log'));
    expect(lines.filter((line) => line.includes('stdout'))).toEqual([
      logLine('stdout', 1, 'one\n'),
      logLine('stdout', 1, 'two\n'),
      logLine('stdout', 1, 'end'),
    ]);
    expect(lines).toContain(logLine('stderr', 1, 'three\n'));
    expect(lines).toHaveLength(4);
  });

  test('get the job’s id, directory and namespace, and the broker’s environment', async () => {
    const { exec: log, id } = await exec.runScript('echo $1 $PWD $FLUX_KVS_NAMESPACE $(test -n "$PATH" && echo path)', {
      system: { cwd: '/usr' },
    });
    expect(shown(log)).toContain(logLine('stdout', 0, `${id} /usr job-${id} path\n`));
  });

  test('run in /tmp where the job names no directory', async () => {
    expect(shown((await exec.runScript('pwd')).exec)).toContain(logLine('stdout', 0, '/tmp\n'));
  });
});

describe('the status of a job', () => {
  test('is the largest wait status of its shells: exit code 1 outranks signal 9', async () => {
    const mark = path.join(exec.instance.rundir, 'first');
    const text = `if mkdir ${mark} 2>/dev/null; then exit 1; fi; kill -9 $$`;
    expect((await exec.runScript(text, { ranks: '0-1' })).answers).toContain('finish {"status":256}');
  });

  test('is the signal of a shell that was killed', async () => {
    expect((await exec.runScript('kill -9 $$')).answers).toEqual(['start {}', 'finish {"status":9}', released]);
  });

  test('of several shells of which one is killed: the job gets an exception, and the others SIGTERM', async () => {
    const [mark, go] = ['killed', 'go'].map((name) => path.join(exec.instance.rundir, name));
    const text = `if mkdir ${mark} 2>/dev/null; then while ! test -e ${go}; do sleep 0.01; done; kill -9 $$; fi; exec sleep 100`;
    const job = await exec.job({ ranks: '0-1', system: { exec: { job_shell: exec.script(text) } } });
    await job.answer('start');
    fs.writeFileSync(go!, '');
    expect(await job.rest()).toEqual([
      'start {}',
      expect.stringMatching(/^exception .*"note":"job shell on broker (alpha \(rank 0\)|beta \(rank 1\)) was killed by signal 9"/),
      'finish {"status":15}',
      released,
    ]);
  });

  test('is not 0 after a fatal exception', async () => {
    const job = await exec.job({
      system: { exec: { job_shell: exec.script("trap 'exit 0' TERM; echo ready; while :; do sleep 0.01; done") } },
    });
    await job.said('ready');
    await exec.raise(job.id);
    expect(await job.rest()).toEqual(['start {}', 'finish {"status":256}', released]);
  });

  test.each([
    ['is missing', 127, () => '/nosuch/shell', 'No such file or directory'],
    ['may not be run', 126, () => '/etc/passwd', 'Permission denied'],
  ])('is that of a shell which %s: exit %d, with an exception that names the host', async (_, code, shell, text) => {
    const { answers, exec: log } = await exec.run({ ranks: '1', system: { exec: { job_shell: shell() } } });
    expect(answers).toEqual([
      exception(`job shell exec error on broker beta (rank 1): ${text}`),
      `finish {"status":${code << 8}}`,
      released,
    ]);
    expect(shown(log)).toEqual(['init', 'starting', `complete {"status":${code << 8}}`, 'done']);
  });

  test('is exit 68 where a rank cannot be reached', async () => {
    const { answers } = await exec.run({ ranks: '7', system: { exec: { job_shell: '/bin/true' } } });
    expect(answers).toEqual([
      exception('lost contact with job shell on broker unknown (rank 7)'),
      `finish {"status":${68 << 8}}`,
      released,
    ]);
  });
});

describe('a fatal exception', () => {
  const stubborn = "trap '' TERM; echo ready; while :; do sleep 0.01; done";
  const running = async (text: string, options: Parameters<ExecInstance['job']>[0] = {}) => {
    const job = await exec.job({ ...options, system: { exec: { job_shell: exec.script(text) } } });
    await job.said('ready');
    return job;
  };

  test('ends shells by SIGTERM, and what does not end by SIGKILL after kill-timeout', async () => {
    const impatient = await ExecInstance.start({ args: ['kill-timeout=0.5s'] });
    try {
      const job = await impatient.job({ system: { exec: { job_shell: impatient.script(stubborn) } } });
      await job.said('ready');
      await impatient.raise(job.id);
      expect(await job.rest()).toEqual(['start {}', 'finish {"status":9}', released]);
      await loggedLine(impatient.instance.flux, `Sending SIGKILL to job ${job.id}`);
    } finally {
      await impatient.stop();
    }
  });

  test('a second one sends SIGTERM again', async () => {
    const job = await running(
      "n=0; trap 'n=$((n+1)); echo term $n; test $n -lt 2 || exit 3' TERM; echo ready; while :; do sleep 0.001; done",
    );
    await exec.raise(job.id);
    await job.said('term 1');
    await exec.raise(job.id);
    expect((await job.rest())[1]).toBe('finish {"status":768}');
  });

  test('of a lower severity is none', async () => {
    const job = await running("trap 'exit 4' TERM; echo ready; while :; do sleep 0.01; done");
    await exec.raise(job.id, 1);
    await exec.raise(job.id, 0);
    expect((await job.rest())[1]).toBe('finish {"status":1024}');
  });

  test('that comes before the job is launched releases it: no start, no finish', async () => {
    const job = await exec.job({ system: { exec: { test: { run_duration: '0s' } } } });
    await exec.raise(job.id);
    const answers = await job.rest();
    expect([[released], ['finish {"status":15}', released], ['start {}', 'finish {"status":15}', released]]).toContainEqual(answers);
  });

  test('of the test hook bulkexec: before anything was launched, and when something was', async () => {
    const mocked = (mock_exception: string) =>
      exec.run({ system: { exec: { bulkexec: { mock_exception }, job_shell: exec.script('sleep 1000') } } });
    const before = await mocked('init');
    expect(before.answers).toEqual([exception('mock init exception generated'), 'finish {"status":256}', released]);
    expect(shown(before.exec)).toEqual(['init', 'starting', 'complete {"status":256}', 'done']);
    const { answers } = await mocked('starting');
    expect(answers[0]).toBe(exception('mock starting exception generated'));
    expect(answers.slice(1)).toEqual(['finish {"status":15}', released]);
  });
});

describe('the time limit', () => {
  test('raises an exception, and sends SIGALRM, not SIGTERM', async () => {
    const text = "trap 'echo alarm; exit 5' ALRM; trap 'exit 6' TERM; while :; do sleep 0.01; done";
    const { answers, exec: log } = await exec.runScript(text, { expiration: Date.now() / 1000 + 0.3 });
    expect(answers).toEqual(['start {}', exception('resource allocation expired', 'timeout'), 'finish {"status":1280}', released]);
    expect(shown(log)).toContain(logLine('stdout', 0, 'alarm\n'));
  });

  test('that is over, or is none, fails the job before it starts', async () => {
    const { answers, exec: log } = await exec.runScript('exit 0', { expiration: 1 });
    expect(answers).toEqual([exception('job started after expiration'), released]);
    expect(shown(log)).toEqual(['init', 'done']);
    expect((await exec.runScript('exit 0', { expiration: -1 })).answers).toEqual([
      exception('Invalid resource set expiration -1.00: Invalid argument'),
      released,
    ]);
  });
});

describe('a job of another user', () => {
  const userid = process.getuid!() + 1;

  test('needs an IMP', async () => {
    expect((await exec.run({ userid })).answers).toEqual([exception('failed to initialize implementation'), released]);
    await loggedLine(exec.instance.flux, 'unable run multiuser job with no IMP configured!');
  });

  test('is run by it, in /, with its signed jobspec on stdin; signals go through it, too', async () => {
    const said = path.join(exec.instance.rundir, 'imp');
    const imp = exec.script(`case $1 in
      exec) cat >${said}.J; echo "$@" in $PWD; trap 'exit 3' TERM; echo ready; while :; do sleep 0.01; done;;
      kill) echo $2 $3 >${said}.kill; kill -$2 $3;;
    esac`);
    const multi = await ExecInstance.start({ args: [`imp=${imp}`, 'job-shell=/the/shell'] });
    try {
      const job = await multi.job({ userid, J: 'signed' });
      await job.said('ready');
      await multi.raise(job.id);
      expect(await job.rest()).toEqual(['start {}', 'finish {"status":768}', released]);
      expect(fs.readFileSync(`${said}.J`, 'utf8')).toBe('{"J":"signed"}');
      expect(shown(await job.exec())).toContain(logLine('stdout', 0, `exec /the/shell ${job.id} in /\n`));
      expect(fs.readFileSync(`${said}.kill`, 'utf8')).toMatch(/^15 \d+\n$/);
    } finally {
      await multi.stop();
    }
  });
});
