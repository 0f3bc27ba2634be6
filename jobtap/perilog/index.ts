import {
  type DecodedEntry,
  decodeEventlog,
  defineJobtap,
  errorText,
  isErrno,
  JobState,
  type JobtapContext,
  type JobtapJob,
  jobKvsKey,
  Kvs,
  LogLevel,
  signals,
} from 'flux';
import { type PerilogConf, readConf } from './config';
import { PerilogProcess, type Phase } from './process';

/**
 * Runs a command on rank 0 before a job's shells start, and another after they have ended: `[job-manager.prolog]` and `[job-manager.epilog]`
 * (docs/protocol/jobtap.md §5.3). Configuration is read as the plugin is loaded.
 */
export default defineJobtap({
  name: 'perilog',
  api: 1,
  reads: ['job-manager.prolog', 'job-manager.epilog'],
  setup(p) {
    const { prolog, epilog, killTimeout } = confOf(p);
    const prologs = p.jobData<PerilogProcess>();
    const kvs = new Kvs(p.flux);

    p.on('job.new', (job) => {
      p.subscribe(job);
      if (job.state >= JobState.RUN) takeUp(job.id).catch((e: unknown) => p.log.err(`${job.id}: ${errorText(e)}`));
    });
    p.on('job.state.run', (job) => {
      if (!prolog) return;
      runProlog(job, prolog);
      p.prologStart(description('prolog'));
    });
    p.on('job.event.exception', (job) => prologs.get(job)?.kill(killTimeout));
    p.on('job.event.finish', (job) => {
      if (!epilog) return;
      runEpilog(job, epilog);
      p.epilogStart(description('epilog'));
    });

    /** A job that was there before this job manager: nobody knows any more how what it waits for has ended, so that is run again. */
    async function takeUp(id: bigint): Promise<void> {
      const events = decodeEventlog(await kvs.getText(jobKvsKey(id, 'eventlog')));
      const waits = (phase: Phase) => !p.eventPosted(id, `${phase}-start`) && isUnderWay(events, phase);
      ifActive(id, () => {
        const job = p.lookup(id);
        if (waits('prolog')) {
          if (prolog && job.state === JobState.RUN) runProlog(job, prolog);
          else p.prologFinish(job, description('prolog'), prolog ? signals.SIGTERM : 0);
        }
        if (waits('epilog')) {
          if (epilog) runEpilog(job, epilog);
          else p.epilogFinish(job, description('epilog'), 0);
        }
      });
    }

    function runProlog(job: JobtapJob, command: readonly string[]): void {
      const running = new PerilogProcess(p, p.flux, job, 'prolog', command);
      prologs.set(job, running);
      void endProlog(job.id, running);
    }

    function runEpilog(job: JobtapJob, command: readonly string[]): void {
      void endEpilog(job.id, new PerilogProcess(p, p.flux, job, 'epilog', command));
    }

    async function endProlog(id: bigint, running: PerilogProcess): Promise<void> {
      const status = await running.status();
      ifActive(id, () => {
        prologs.delete(id);
        if (status !== 0) p.raiseException(id, 'prolog', 0, `prolog failed with status=${status}`);
        p.prologFinish(id, description('prolog'), status);
      });
    }

    async function endEpilog(id: bigint, running: PerilogProcess): Promise<void> {
      const status = await running.status();
      ifActive(id, () => p.epilogFinish(id, description('epilog'), status));
    }

    /** Does to a job what follows from the end of its process. A job that is gone doesn't matter any more. */
    function ifActive(id: bigint, act: () => void): void {
      try {
        act();
      } catch (e) {
        if (!isErrno(e, 'ENOENT')) p.log.err(`${id}: ${errorText(e)}`);
      }
    }
  },
});

/** The configuration; what is wrong with it is in the log as well. */
function confOf(p: JobtapContext): PerilogConf {
  try {
    return readConf(p.config);
  } catch (e) {
    p.flux.log(LogLevel.err, errorText(e));
    throw e;
  }
}

function isUnderWay(events: readonly DecodedEntry[], phase: Phase): boolean {
  const ours = events.filter(({ context }) => context?.['description'] === description(phase)).map(({ name }) => name);
  return ours.lastIndexOf(`${phase}-start`) > ours.lastIndexOf(`${phase}-finish`);
}

const description = (phase: Phase) => `job-manager.${phase}`;
