import { errorText, type FluxError, JobState, type JsonObject, type Log, parseJobId, toFluxError } from 'flux';
import type { EventPoster } from './events';
import { type Job, USERID_SYSTEM } from './job';
import type { JobtapHost } from './jobtap/host';
import { drive } from './jobtap/steps';
import { replayJob, withoutEnvironment } from './replay';
import type { JobStore } from './store';
import type { JobTable } from './table';
import type { Waits } from './waits';

export interface RestartParts {
  store: Pick<JobStore, 'list' | 'read' | 'readCheckpoint' | 'setAside'>;
  table: JobTable;
  waits: Pick<Waits, 'addZombie'>;
  events: Pick<EventPoster, 'post'>;
  jobtap: Pick<JobtapHost, 'dependencies' | 'introduce' | 'reprioritize'>;
  log: Pick<Log, 'err' | 'info' | 'debug'>;
  act(job: Job): void;
}

/** Levels of directories between `job` and a job. */
const DEPTH = 4;
/** Jobs that are read at the same time. */
const PARALLEL = 64;
/** What reading a key, or what it says, fails with when it will fail so for ever: it is missing, of another type, or no eventlog. */
const LASTING: ReadonlySet<string> = new Set(['ENOENT', 'EISDIR', 'ENOTDIR', 'ELOOP', 'EINVAL', 'EPROTO']);

/** A job's name in a directory: a group of four digits of its id. */
const ID_GROUP = /^[0-9a-f]{4}$/;

/** A job that was found. */
interface FoundJob {
  id: bigint;
  /** Undefined if its eventlog can't be read: such a job is set aside. */
  job: Job | undefined;
  /** Why it can't go on, though its eventlog can be read. */
  damage?: string | undefined;
}

/**
 * Takes up the jobs that the KVS has (docs/protocol/job-manager.md §11): all are read first, then each is seen once, in order of their ids. One that
 * can't be read is logged, and keeps nobody from starting.
 */
export async function restart(parts: RestartParts): Promise<void> {
  const { store, table, waits, log } = parts;
  const found = await inParallel(await jobIds(store), (key) => readJob(parts, key));
  const damaged = new Map<Job, string>();
  for (const { id, job, damage } of found) {
    if (id > table.maxId) table.maxId = id;
    if (!job) continue;
    if (job.state !== JobState.INACTIVE) table.add(job);
    else if (job.waitable) waits.addZombie(job);
    if (damage !== undefined) damaged.set(job, damage);
  }
  log.info(`restart: ${found.length} jobs`);
  log.info(`restart: ${table.running} running jobs`);
  const checkpoint = await readCheckpoint(parts);
  if (checkpoint === undefined) log.info('restart: no checkpoint object');
  else if (checkpoint > table.maxId) table.maxId = checkpoint;
  log.debug(`restart: max_jobid=${table.maxId}`);
  for (const job of [...table]) {
    const damage = damaged.get(job);
    if (damage === undefined) await resume(parts, job);
    else endDamaged(parts, job, damage);
  }
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

/** A job of which nobody can tell any more what it was to do. */
function endDamaged({ events, act, log }: RestartParts, job: Job, damage: string): void {
  log.err(`restart: job ${job.id}: ${damage}`);
  events.post(job, 'exception', { type: 'restart', severity: 0, userid: USERID_SYSTEM, note: damage });
  act(job);
}

async function readJob(parts: RestartParts, { id, key }: JobKey): Promise<FoundJob> {
  const { store, log } = parts;
  const [jobspec, eventlog] = await Promise.allSettled([store.read(`${key}.jobspec`), store.read(`${key}.eventlog`)]);
  try {
    if (eventlog.status === 'rejected') throw eventlog.reason;
    return replay(id, jobspec, eventlog.value);
  } catch (e) {
    log.err(`restart: job ${id}: eventlog can't be read: ${errorText(e)}`);
    await setAside(parts, { id, key }, toFluxError(e));
    return { id, job: undefined };
  }
}

function replay(id: bigint, text: PromiseSettledResult<string>, eventlog: string): FoundJob {
  const { jobspec, damage } = decode(text);
  return { id, job: replayJob(id, jobspec, eventlog), damage };
}

function decode(text: PromiseSettledResult<string>): { jobspec: JsonObject; damage: string | undefined } {
  try {
    if (text.status === 'rejected') throw text.reason;
    return { jobspec: withoutEnvironment(text.value), damage: undefined };
  } catch (e) {
    return { jobspec: {}, damage: `jobspec can't be read: ${errorText(e)}` };
  }
}

/** Only what is damaged for good goes away: a store that can't be read just now may be read at the next start. */
async function setAside({ store, log }: RestartParts, { id, key }: JobKey, error: FluxError): Promise<void> {
  if (!LASTING.has(error.code)) return;
  try {
    log.err(`restart: job ${id}: moved to ${await store.setAside(key)}`);
  } catch (e) {
    log.err(`restart: job ${id}: can't be moved to lost+found: ${errorText(e)}`);
  }
}

async function readCheckpoint({ store, log }: RestartParts): Promise<bigint | undefined> {
  try {
    return await store.readCheckpoint();
  } catch (e) {
    log.err(`restart: checkpoint can't be read: ${errorText(e)}`);
    return undefined;
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
      return entries.filter(({ name, isDirectory }) => isDirectory && ID_GROUP.test(name)).map((entry) => `${key}.${entry.name}`);
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
