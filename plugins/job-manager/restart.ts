import { FluxError, JobState, type Log, parseJobId } from 'flux';
import type { EventPoster } from './events';
import { type Job, USERID_SYSTEM } from './job';
import type { JobtapHost } from './jobtap/host';
import { drive } from './jobtap/steps';
import { replayJob } from './replay';
import type { JobStore } from './store';
import type { JobTable } from './table';
import type { Waits } from './waits';

export interface RestartParts {
  store: Pick<JobStore, 'list' | 'read' | 'readCheckpoint'>;
  table: JobTable;
  waits: Pick<Waits, 'addZombie'>;
  events: Pick<EventPoster, 'post'>;
  jobtap: Pick<JobtapHost, 'dependencies' | 'introduce' | 'reprioritize'>;
  log: Pick<Log, 'info' | 'debug'>;
  act(job: Job): void;
}

/** Levels of directories between `job` and a job. */
const DEPTH = 4;
/** Jobs that are read at the same time. */
const PARALLEL = 64;

/**
 * Takes up the jobs that the KVS has (job-manager.md §11): all are read first, then each is seen once, in order of their ids. EINVAL for an eventlog
 * that can't be.
 */
export async function restart(parts: RestartParts): Promise<void> {
  const { store, table, waits, log } = parts;
  const ids = await jobIds(store);
  const jobs = await inParallel(ids, (id) => readJob(store, id));
  for (const job of jobs) {
    if (job.state !== JobState.INACTIVE) table.add(job);
    else if (job.waitable) waits.addZombie(job);
    if (job.id > table.maxId) table.maxId = job.id;
  }
  log.info(`restart: ${jobs.length} jobs`);
  log.info(`restart: ${table.running} running jobs`);
  const checkpoint = await store.readCheckpoint();
  if (checkpoint === undefined) log.info('restart: no checkpoint object');
  else if (checkpoint > table.maxId) table.maxId = checkpoint;
  log.debug(`restart: max_jobid=${table.maxId}`);
  for (const job of [...table]) await resume(parts, job);
}

async function resume(parts: RestartParts, job: Job): Promise<void> {
  const { events, jobtap, act } = parts;
  if (job.state === JobState.DEPEND) await renewDependencies(parts, job);
  jobtap.introduce(job, () => {});
  switch (job.state) {
    case JobState.DEPEND:
      act(job);
      break;
    case JobState.PRIORITY:
      jobtap.reprioritize(job); // the plugin it waited for may not be there any more
      break;
    case JobState.SCHED:
      events.post(job, 'flux-restart');
      break;
    case JobState.RUN:
    case JobState.CLEANUP:
      job.reattach = true;
      if (job.debug) events.post(job, 'debug.exec-reattach-start', { id: job.id });
      act(job);
      break;
  }
}

/** Lets plugins take up the dependencies again. What they object to can't reject the job any more. */
async function renewDependencies({ events, jobtap }: RestartParts, job: Job): Promise<void> {
  const objected = ({ message }: FluxError) => {
    const note = `${message} (job may be stuck in DEPEND state)`;
    events.post(job, 'exception', { type: 'dependency', severity: 4, userid: USERID_SYSTEM, note });
  };
  await drive(jobtap.dependencies(job, objected));
}

async function readJob(store: RestartParts['store'], { id, key }: JobKey): Promise<Job> {
  const [jobspec, eventlog] = await Promise.all([store.read(`${key}.jobspec`), store.read(`${key}.eventlog`)]);
  try {
    return replayJob(id, jobspec, eventlog);
  } catch (e) {
    throw new FluxError('EINVAL', 'restart_from_kvs: Invalid argument', { cause: e });
  }
}

interface JobKey {
  id: bigint;
  key: string;
}

async function jobIds(store: RestartParts['store']): Promise<JobKey[]> {
  let keys = ['job'];
  for (let level = 0; level < DEPTH; level++) {
    const found = await inParallel(keys, async (key) => {
      const entries = await store.list(key);
      return entries.filter((entry) => entry.isDirectory).map((entry) => `${key}.${entry.name}`);
    });
    keys = found.flat();
  }
  return keys.map((key) => ({ id: parseJobId(key), key }));
}

async function inParallel<T, R>(items: readonly T[], act: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  for (let at = 0; at < items.length; at += PARALLEL) results.push(...(await Promise.all(items.slice(at, at + PARALLEL).map(act))));
  return results;
}
