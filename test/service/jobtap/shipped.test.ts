import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { golden } from '../../unit/formats/golden';
import { JobInstance, type SubmitOptions, shown } from '../job-manager/job-instance';

const { scenarios } = golden<{ scenarios: Record<string, { eventlog: string[] }> }>('jobs.json');
const recorded = (name: string) => scenarios[name]!.eventlog.map(shown);

const R = {
  version: 1,
  execution: { R_lite: [{ rank: '0', children: { core: '0' } }], starttime: 0, expiration: 0, nodelist: ['host'] },
};

describe('shipped plugins, in recorded scenarios', () => {
  let jobs: JobInstance;
  afterEach(() => jobs.stop());

  async function start(plugin: string, config: object = {}): Promise<void> {
    jobs = await JobInstance.start({ config: { 'job-manager': { ...config, plugins: [{ load: plugin }] } } });
  }

  async function run(options: SubmitOptions = {}, event?: string, then?: (id: bigint) => unknown): Promise<string[]> {
    const id = await jobs.submit(options);
    if (event) {
      await jobs.event(id, event);
      await then?.(id);
    }
    await jobs.event(id, 'clean');
    return jobs.eventlog(id);
  }

  const cancel = (id: bigint) => jobs.flux.rpc('job-manager.raise', { id, type: 'cancel', severity: 0 });
  const sleeping: SubmitOptions = { command: ['sleep', '60'] };

  describe('alloc-bypass', () => {
    const bypass = { 'alloc-bypass': { R } };

    test('runs a job on the R it brings', async () => {
      await start('alloc-bypass.so');
      expect(await run({ system: bypass })).toEqual(recorded('alloc-bypass'));
      expect(jobs.sched.log).toEqual([]);
      const key = [...jobs.kvs.values.keys()].find((name) => name.endsWith('.R'))!;
      expect(jobs.kvs.text(key)).toBe(
        '{"version":1,"execution":{"R_lite":[{"rank":"0","children":{"core":"0"}}],"starttime":0.0,"expiration":0.0,"nodelist":["host"]}}',
      );
    });

    test('gives nothing back to the scheduler when such a job is cancelled', async () => {
      await start('alloc-bypass.so');
      expect(await run({ system: bypass, ...sleeping }, 'start', cancel)).toEqual(recorded('alloc-bypass-cancelled'));
    });

    test('frees what a job brought that ran before the job manager was loaded again', async () => {
      await start('alloc-bypass.so');
      const id = await jobs.submit({ system: bypass, ...sleeping });
      const other = await jobs.submit(sleeping);
      for (const job of [id, other]) await jobs.event(job, 'start');
      await jobs.reloadManager();
      await jobs.sched.ready();
      await jobs.exec.hello();
      while (jobs.exec.log.length < 4) await jobs.settled();
      for (const job of [id, other]) {
        jobs.exec.finish(job, 0);
        await jobs.event(job, 'clean');
      }
      expect(jobs.eventlog(id)).toEqual(recorded('alloc-bypass'));
      expect(jobs.sched.log.filter((line) => line.startsWith('sched.free'))).toEqual([`sched.free ${other}`]);
    });

    test.each([
      [{ 'alloc-bypass': 5 }, 'invalid system.alloc-bypass.R: Expected object'],
      [{ 'alloc-bypass': { R: { version: 2 } } }, 'alloc-bypass: invalid R: '],
      [{ 'alloc-bypass': { R: { ...R, execution: { ...R.execution, R_lite: [] } } } }, 'alloc-bypass: invalid R: '],
    ])('rejects %j', async (system, text) => {
      await start('alloc-bypass.so');
      await expect(jobs.submit({ system })).rejects.toThrow(text);
    });

    test('leaves other jobs alone', async () => {
      await start('alloc-bypass.so');
      expect(await run({ system: { 'alloc-bypass': {} } })).toEqual(recorded('success'));
    });
  });

  test('priority-hold holds jobs until their urgency is changed', async () => {
    await start('priority-hold.so');
    const id = await jobs.submit();
    await jobs.event(id, 'priority');
    expect(jobs.eventlog(id)).toEqual(recorded('priority-hold'));
    await jobs.flux.rpc('job-manager.urgency', { id, urgency: 16 });
    await jobs.event(id, 'clean');
  });

  describe('perilog', () => {
    const sh = (script: string) => ({ command: ['sh', '-c', script] });

    test('runs a prolog before the shells start, and an epilog after they have ended', async () => {
      await start('perilog.so', { prolog: { command: ['true'] }, epilog: sh('exit 3') });
      const events = await run();
      // When the resources are released, and when the epilog ends, is not ordered.
      const release = events.findIndex((line) => line.startsWith('release'));
      const moved = [...events.slice(0, release), ...events.slice(release + 1)];
      expect(moved).toEqual(recorded('perilog-ok').filter((line) => !line.startsWith('release')));
    });

    test('lets a job fail with its prolog', async () => {
      await start('perilog.so', { prolog: sh('exit 5') });
      expect(await run()).toEqual(recorded('perilog-prolog-fails'));
    });

    test('lets a job fail with a prolog that is not there', async () => {
      await start('perilog.so', { prolog: { command: ['/nonexistent'] } });
      expect(await run()).toEqual(recorded('perilog-prolog-enoent'));
    });

    test('ends the prolog of a job that gets an exception', async () => {
      await start('perilog.so', { prolog: { command: ['sleep', '60'] } });
      expect(await run({}, 'prolog-start', cancel)).toEqual(recorded('perilog-cancel-during-prolog'));
    });

    test('kills a prolog that does not end by itself', async () => {
      await start('perilog.so', { prolog: { ...sh('trap "" TERM; echo ready; while :; do sleep 0.1; done'), 'kill-timeout': 0.05 } });
      const events = await run({}, 'prolog-start', async (id) => {
        await logged(/prolog: stdout: ready/);
        await cancel(id);
      });
      expect(events).toContain('prolog-finish {"description":"job-manager.prolog","status":9}');
    });

    describe('of a job manager that is loaded again', () => {
      let runs: string;
      beforeEach(() => {
        runs = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'perilog-')), 'runs');
      });
      afterEach(() => fs.rmSync(path.dirname(runs), { recursive: true }));

      /** A command that ends as it is run again. */
      const onSecondRun = () => sh(`echo $FLUX_JOB_ID >>${runs}; test $(wc -l <${runs}) -gt 1 || exec sleep 60`);

      /** Resolves when such a command runs for the first time. */
      async function firstRun(): Promise<void> {
        while (!(fs.statSync(runs, { throwIfNoEntry: false })?.size ?? 0)) await new Promise((resolve) => setImmediate(resolve));
      }

      /** A job that has come to `event`, with the job manager loaded again, for another configuration if one is given. */
      async function left(event: string, { config, running }: { config?: object; running?: () => Promise<void> } = {}): Promise<bigint> {
        const id = await jobs.submit();
        await jobs.event(id, event);
        await running?.();
        if (config) {
          const { kvs } = jobs;
          await jobs.stop();
          jobs = await JobInstance.start({ kvs, config: { 'job-manager': { ...config, plugins: [{ load: 'perilog.so' }] } } });
          return id;
        }
        await jobs.reloadManager();
        await jobs.sched.ready();
        await jobs.exec.hello();
        return id;
      }

      test('a prolog that was under way is run again', async () => {
        await start('perilog.so', { prolog: onSecondRun() });
        const id = await left('prolog-start', { running: firstRun });
        await jobs.event(id, 'clean');
        const withoutEpilog = recorded('perilog-ok').filter((line) => !line.startsWith('epilog'));
        expect(jobs.eventlog(id)).toEqual(withoutEpilog);
      });

      test('an epilog that was under way is run again', async () => {
        await start('perilog.so', { epilog: onSecondRun() });
        const id = await left('epilog-start', { running: firstRun });
        await jobs.event(id, 'clean');
        expect(jobs.eventlog(id).slice(-3)).toEqual(['epilog-finish {"description":"job-manager.epilog","status":0}', 'free', 'clean']);
      });

      test('a job goes on whose prolog or epilog is configured no more', async () => {
        await start('perilog.so', { prolog: { command: ['sleep', '60'] } });
        const first = await left('prolog-start', { config: { epilog: { command: ['sleep', '60'] } } });
        await jobs.event(first, 'epilog-start');
        expect(jobs.eventlog(first)).toContain('prolog-finish {"description":"job-manager.prolog","status":0}');
        const second = await left('epilog-start', { config: {} });
        for (const id of [first, second]) await jobs.event(id, 'clean');
      });

      test('a job that is cancelled meanwhile has no prolog again', async () => {
        await start('perilog.so', { prolog: { ...sh('trap "" TERM; while :; do sleep 0.1; done'), 'kill-timeout': 60 } });
        const id = await jobs.submit();
        await jobs.event(id, 'prolog-start');
        await cancel(id);
        await jobs.event(id, 'exception');
        await jobs.reloadManager();
        await jobs.sched.ready();
        await jobs.event(id, 'clean');
        expect(jobs.eventlog(id)).toContain('prolog-finish {"description":"job-manager.prolog","status":15}');
      });
    });

    test('tells the command which job it is for, and logs what it says', async () => {
      await start('perilog.so', { prolog: sh('echo id=$FLUX_JOB_ID user=$FLUX_JOB_USERID; printf oops >&2') });
      await run();
      await logged(new RegExp(`<48>.* job-manager \\S+ - - \\d+: prolog: stdout: id=\\S+ user=${process.getuid!()}`));
      await logged(/<24>.* job-manager \S+ - - \d+: prolog: stderr: oops/);
    });

    test.each([
      [{ prolog: { command: 'true' } }, '[job-manager.prolog] command malformed!'],
      [{ epilog: { command: [1] } }, '[job-manager.epilog] command malformed!'],
      [{ prolog: { commands: [], b: 1 } }, 'prolog/epilog configuration error: 2 object item(s) left unpacked: commands, b'],
      [{ epilog: 5 }, 'prolog/epilog configuration error: Expected object, got integer'],
      [{ prolog: { command: ['true'], 'kill-timeout': 'x' } }, 'prolog/epilog configuration error: Expected real or integer, got string'],
    ])('does not load with %j', async (config, text) => {
      jobs = await JobInstance.start();
      await jobs.stop();
      await expect(start('perilog.so', config)).rejects.toThrow(text);
    });

    async function logged(pattern: RegExp): Promise<void> {
      for await (const line of dmesg()) if (pattern.test(line)) return;
    }

    async function* dmesg(): AsyncGenerator<string> {
      const flux = await jobs.instance.open();
      const stream = flux.stream('log.dmesg', { follow: true, nobacklog: false });
      try {
        for (;;) {
          const message = await stream.nextMessage();
          if (!message) return;
          yield message.text();
        }
      } finally {
        flux.close();
      }
    }
  });
});
