import { defineJobtap, isErrno, type JobData, JobResult, JobState, type JobtapContext, parseJobId } from 'flux';
import { JOBID_ANY } from 'flux/internal';
import { dependencyValue } from './_dependency';

/** When a dependency of a scheme is satisfied: as the antecedent starts, or as it ends with a result that will do. */
interface Scheme {
  prefix: string;
  start?: true;
  end(result: JobResult): boolean;
}

const succeeded = (result: JobResult) => result === JobResult.COMPLETED;

const schemes: Readonly<Record<string, Scheme>> = {
  after: { prefix: 'after-start', start: true, end: () => false },
  afterany: { prefix: 'after-finish', end: () => true },
  afterok: { prefix: 'after-success', end: succeeded },
  afternotok: { prefix: 'after-failure', end: (result) => !succeeded(result) },
};

/** A job that waits for another one. */
interface Dependent {
  id: bigint;
  description: string;
  scheme: Scheme;
}

/**
 * Dependencies on the start or end of another job: after, afterany, afterok, afternotok (RFC 26). Loaded with the job manager
 * (docs/protocol/jobtap.md §4.2).
 */
export default defineJobtap({
  name: 'dependency-after',
  api: 1,
  setup(p) {
    const dependents = p.jobData<Dependent[]>();
    const doomed = p.jobData<string[]>();

    for (const [name, scheme] of Object.entries(schemes)) {
      p.on(`job.dependency.${name}`, (job, call) => {
        const value = dependencyValue(call.dependency, (reason) => call.reject(`dependency: after: ${reason}`));
        if (value === undefined) return;
        const description = `${scheme.prefix}=${value}`;
        p.dependencyAdd(job, description);
        if (!p.hasDependency(job, description)) return;
        const antecedent = antecedentOf(p, value);
        if (antecedent === 'invalid') return call.reject(`dependency: ${name}: "${value}" is not a valid jobid`);
        if (antecedent === undefined) return call.reject(`dependency: ${name}: id ${value}: job not found`);
        if (antecedent.userid !== job.userid) return call.reject(`${name}: Permission denied for job ${value}`);
        if (scheme.start && antecedent.started) {
          p.dependencyRemove(job, description);
          return;
        }
        const others = dependents.get(antecedent) ?? [];
        if (others.some((other) => other.id === job.id && other.description === description)) return;
        dependents.set(antecedent, [...others, { id: job.id, description, scheme }]);
        p.subscribe(antecedent);
      });
    }

    p.on('job.event.start', (job) =>
      settle(
        p,
        dependents,
        job.id,
        ({ scheme }) => scheme.start === true,
        () => {},
      ),
    );
    p.on('job.state.inactive', (job) => {
      const result = p.jobResult(job);
      settle(
        p,
        dependents,
        job.id,
        ({ scheme }) => scheme.end(result),
        (dependent) => fail(dependent),
      );
    });
    // A plugin that made the submission wait has let the antecedent end meanwhile.
    p.on('job.state.depend', (job) => {
      for (const description of doomed.get(job) ?? []) raise(p, job.id, unsatisfiable(description));
    });

    function fail({ id, description }: Dependent): void {
      if (!raise(p, id, unsatisfiable(description))) doomed.set(id, [...(doomed.get(id) ?? []), description]);
    }
  },
});

const unsatisfiable = (description: string) => `dependency ${description} can never be satisfied`;

function antecedentOf(p: JobtapContext, value: string) {
  let id: bigint;
  try {
    id = parseJobId(value);
  } catch {
    return 'invalid';
  }
  if (id === JOBID_ANY) return 'invalid';
  try {
    return p.lookup(id);
  } catch (e) {
    if (isErrno(e, 'ENOENT')) return undefined;
    throw e;
  }
}

/** Removes dependencies that are satisfied, then deals with the rest; in order of registration. Jobs that are gone by now don't matter. */
function settle(
  p: JobtapContext,
  dependents: JobData<Dependent[]>,
  id: bigint,
  satisfied: (dependent: Dependent) => boolean,
  otherwise: (dependent: Dependent) => void,
): void {
  const waiting = (dependents.get(id) ?? []).filter((dependent) => isWaiting(p, dependent.id));
  dependents.set(
    id,
    waiting.filter((dependent) => !satisfied(dependent)),
  );
  for (const { id, description } of waiting.filter(satisfied)) {
    try {
      p.dependencyRemove(id, description);
    } catch {
      raise(p, id, `Failed to remove dependency ${description}`);
    }
  }
  for (const dependent of waiting) if (!satisfied(dependent) && isWaiting(p, dependent.id)) otherwise(dependent);
}

function isWaiting(p: JobtapContext, id: bigint): boolean {
  try {
    return p.lookup(id).state <= JobState.DEPEND;
  } catch {
    return false; // it is gone
  }
}

/** False if the job is in NEW, where nothing can be posted. */
function raise(p: JobtapContext, id: bigint, note: string): boolean {
  try {
    p.raiseException(id, 'dependency', 0, note);
    return true;
  } catch (e) {
    if (isErrno(e, 'EAGAIN')) return false;
    throw e;
  }
}
