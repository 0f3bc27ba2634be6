import type { ValidationResult } from '../../../core/formats/jobspec-validate';
import type { Tagged } from '../../../core/plugin/define';
import { findPlugin, listPlugins, pluginFolders } from '../../../core/plugin/search';
import type { Validate, ValidatorDefinition, ValidatorJob } from '../../../core/plugin/types/validator';
import { errorMessage } from '../../../core/sys/errors';
import { loadForCommand } from '../../library';
import feasibility from './plugins/feasibility';
import jobspec from './plugins/jobspec';
import schema from './plugins/schema';

export type Validator = ValidatorDefinition<string>;

const shipped: readonly Tagged<Validator, 'validator'>[] = [feasibility, jobspec, schema] as unknown as Tagged<Validator, 'validator'>[];

/** The validators of a search path (FLUX_MODULE_PATH): those shipped here, and plugins in its folders. */
export class Validators {
  readonly #modulePath: string;

  constructor(modulePath: string) {
    this.#modulePath = modulePath;
  }

  /** One by its name, or by the path of its file; undefined if there is none. Errors are those of loading it. */
  find(name: string): Validator | undefined {
    const known = shipped.find((validator) => validator.name === name);
    if (known) return known;
    const file = findPlugin('validator', name, this.#modulePath);
    return file === undefined ? undefined : loadForCommand(file, 'validator').definition;
  }

  /** All there are, by name. */
  all(): Validator[] {
    const files = listPlugins(pluginFolders('validator', this.#modulePath)).values();
    const loaded = [...files].map((file) => loadForCommand(file, 'validator').definition as Validator);
    return [...shipped, ...loaded].sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

/** Runs all validators on one job: the largest errnum and the distinct texts. */
export async function validateWith(validators: readonly Validate[], job: ValidatorJob): Promise<ValidationResult> {
  const verdicts = await Promise.allSettled(validators.map(async (validate) => validate(job)));
  const errors = verdicts.flatMap((verdict) => (verdict.status === 'rejected' ? [verdict.reason as unknown] : []));
  if (errors.length === 0) return { errnum: 0 };
  const texts = errors.map(errorMessage);
  return { errnum: Math.max(...errors.map(errnumOf)), errstr: [...new Set(texts)].join(', ') };
}

const EINVAL = 22;

// Not instanceof: a plugin's FluxError is that of the library it was given.
function errnumOf(e: unknown): number {
  return e instanceof Error && 'errnum' in e ? Number(e.errnum) : EINVAL;
}
