import { defineJobtap, isErrno, type JobtapContext, toFluxError } from 'flux';
import { type PerilogConfig, readConfig } from './config';
import { PerilogProcess, type Phase } from './process';

const LOG_ERR = 3;

/**
 * Runs a command on rank 0 before a job's shells start, and another after they have ended: `[job-manager.prolog]` and `[job-manager.epilog]`
 * (contract: jobtap.md §5.3). Configuration is read as the plugin is loaded.
 */
export default defineJobtap({
  name: 'perilog',
  api: 1,
  setup(p) {
    const { prolog, epilog, killTimeout } = configOf(p);
    const prologs = p.jobData<PerilogProcess>();

    p.on('job.new', (job) => p.subscribe(job));
    p.on('job.state.run', (job) => {
      if (!prolog) return;
      const running = new PerilogProcess(p, p.flux, job, 'prolog', prolog);
      prologs.set(job, running);
      p.prologStart(description('prolog'));
      void endProlog(job.id, running);
    });
    p.on('job.event.exception', (job) => prologs.get(job)?.kill(killTimeout));
    p.on('job.event.finish', (job) => {
      if (!epilog) return;
      const running = new PerilogProcess(p, p.flux, job, 'epilog', epilog);
      p.epilogStart(description('epilog'));
      void endEpilog(job.id, running);
    });

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

    /** What the end of a process does to its job; a job that is gone doesn't matter any more. */
    function ifActive(id: bigint, act: () => void): void {
      try {
        act();
      } catch (e) {
        if (!isErrno(e, 'ENOENT')) p.log.err(`${id}: ${e instanceof Error ? e.message : String(e)}`);
      }
    }
  },
});

/** The configuration; what is wrong with it is in the log, too: nobody reads the answer where the plugin is loaded by the configuration itself. */
function configOf(p: JobtapContext): PerilogConfig {
  try {
    return readConfig(p.config);
  } catch (e) {
    p.flux.log(LOG_ERR, toFluxError(e).message);
    throw e;
  }
}

const description = (phase: Phase) => `job-manager.${phase}`;
