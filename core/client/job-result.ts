import type { DecodedEntry } from '../formats/eventlog';
import type { JsonObject, JsonValue } from '../formats/json';
import type { Flux } from '../handle/flux';
import { watchEventlog } from './job-info';
import { JobResult } from './job-states';

/**
 * The outcome of a job, without members for what did not happen. Times in seconds since the epoch, `waitstatus` as wait(2) gives it. A type, so that it can
 * stand for a JSON object (JobInfo takes one).
 */
export type JobOutcome = {
  id: bigint;
  exception_occurred: boolean;
  t_submit?: number;
  t_run?: number;
  exception_type?: string;
  exception_note?: string;
  exception_severity?: number;
  t_cleanup?: number;
  waitstatus?: number;
  result: number;
};

/** Waits for the end of a job and tells what became of it (flux_job_result(3)); works for any job of one's own, repeatedly. ENOENT: no such job. */
export async function jobResult(flux: Flux, id: bigint): Promise<JobOutcome> {
  const builder = new ResultBuilder(id);
  for await (const entry of watchEventlog(flux, id)) builder.add(entry);
  return builder.result();
}

/** Gathers a job's result from the entries of its main eventlog (docs/protocol/job-sdk.md §2). */
export class ResultBuilder {
  readonly #seen: Omit<JobOutcome, 'result'>;

  constructor(id: bigint) {
    this.#seen = { id, exception_occurred: false };
  }

  add({ name, timestamp, context = {} }: DecodedEntry): void {
    switch (name) {
      case 'submit':
        this.#seen.t_submit = timestamp;
        break;
      case 'alloc':
        this.#seen.t_run = timestamp;
        break;
      case 'finish':
        this.#seen.t_cleanup = timestamp;
        this.#seen.waitstatus = numberIn(context['status']);
        break;
      case 'exception':
        this.#exception(context);
        break;
    }
  }

  result(): JobOutcome {
    const { t_run, waitstatus, exception_type } = this.#seen;
    const succeeded = t_run !== undefined && waitstatus === 0;
    const failure = exception_type === 'cancel' ? JobResult.CANCELED : exception_type === 'timeout' ? JobResult.TIMEOUT : JobResult.FAILED;
    return { ...this.#seen, result: succeeded ? JobResult.COMPLETED : failure };
  }

  /** The most severe one counts; of equals the last. */
  #exception(context: JsonObject): void {
    const severity = numberIn(context['severity']);
    this.#seen.exception_occurred = true;
    if (this.#seen.exception_severity !== undefined && severity > this.#seen.exception_severity) return;
    this.#seen.exception_type = String(context['type'] ?? '');
    this.#seen.exception_note = String(context['note'] ?? '');
    this.#seen.exception_severity = severity;
  }
}

function numberIn(value: JsonValue | undefined): number {
  return Number(value ?? 0);
}
