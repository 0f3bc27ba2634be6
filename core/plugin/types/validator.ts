import type { JsonObject } from '../../formats/json';
import type { Flux } from '../../handle';
import type { Log } from './common';

/**
 * A job validator: checks jobspec as it is submitted, in a worker process (`flux job-validator`), before the job manager sees the job. `O` names
 * its options.
 *
 * ```ts
 * export default defineValidator({
 *   name: 'duration', description: 'require a duration', api: 1,
 *   setup: () => ({ jobspec }) => { if (!jobspec.attributes) throw new FluxError('EINVAL', 'a duration is required'); },
 * });
 * ```
 */
export interface ValidatorDefinition<O extends string = never> {
  /** Name for `--plugins=NAME`. */
  name: string;
  /** Version of this interface; 1. */
  api: 1;
  /** One line for `--list-plugins`. */
  description: string;
  /** Command-line options, by long name without dashes; `flux job-validator --NAME=VALUE`. */
  options?: Record<O, ValidatorOption>;
  /** Called once with the option values. A throw ends the process: its text is printed, exit 1. Returns the validator. */
  setup(v: ValidatorContext<O>): Validate | Promise<Validate>;
}

/** An option of `flux job-validator` that a validator adds. */
export interface ValidatorOption {
  /** Placeholder of the value in help: `V`. */
  metavar: string;
  help: string;
  default?: string;
  /** Missing is a usage error, exit 2. */
  required?: boolean;
}

/** The argument of a validator's setup. */
export interface ValidatorContext<O extends string = never> {
  /** Option values as given; undefined where there is neither one nor a default. */
  readonly options: Readonly<Record<O, string | undefined>>;
  /** A handle, opened when first asked for. */
  flux(): Promise<Flux>;
  readonly log: Log;
}

/** A job to validate: the request of job-ingest. */
export interface ValidatorJob {
  readonly jobspec: JsonObject;
  readonly userid: number;
  readonly rolemask: number;
  readonly urgency: number;
  /** null with --jobspec-only. */
  readonly flags: number | null;
}

/**
 * Checks one job: a throw rejects it, with the error's errno and text (a FluxError; any other error: EINVAL and its message). Several validators run
 * concurrently for a job; the largest errno wins, distinct texts are joined with `, `.
 */
export type Validate = (job: ValidatorJob) => void | Promise<void>;
