import type { JsonObject } from '../../formats/json';
import type { ShellJobspecInfo } from '../../plugin/types/shell-objects';
import { errorText, FluxError } from '../../sys/errors';
import type { ShellJob } from '../stack/shell-parts';
import { ConnectedShell } from './connected';
import { parseShellJobspec, type ShellJobspec } from './jobspec';

/** A connected shell that has read its jobspec. */
export class DescribedShell extends ConnectedShell implements ShellJob {
  readonly jobspec: ShellJobspec;

  constructor(connected: ConnectedShell, { jobspec }: { jobspec: ShellJobspec }) {
    super(connected);
    this.jobspec = jobspec;
  }

  get environment(): Record<string, string> {
    return this.jobspec.environment;
  }

  get jobspecInfo(): ShellJobspecInfo {
    const { ntasks, nslots, coresPerSlot, nnodes, slotsPerNode } = this.jobspec;
    return { version: 1, ntasks, nslots, cores_per_slot: coresPerSlot, nnodes, slots_per_node: slotsPerNode };
  }

  /** A shell option; undefined if it is not set. */
  getopt(name: string): unknown {
    const { options } = this.jobspec;
    this.shell.knownOptions.add(name);
    return Object.hasOwn(options, name) ? options[name] : undefined;
  }

  setopt(name: string, value: unknown): void {
    const { options } = this.jobspec;
    this.shell.knownOptions.add(name);
    if (value !== undefined) options[name] = value as JsonObject[string];
    else if (!Object.hasOwn(options, name)) throw new FluxError('ENOENT');
    else delete options[name];
  }

  /** Warns of options that nobody has looked at, nor is going to (known-options.ts). */
  warnOfUnknownOptions(): void {
    const { knownOptions, stack, log } = this.shell;
    const declared = stack.plugins.flatMap(({ options }) => options);
    for (const { name, near } of knownOptions.unknown(this.jobspec.options, declared))
      log.warn(`unknown shell option '${name}'${near === undefined ? '' : `, did you mean '${near}'?`}`);
  }
}

/** Steps 5 and 6: the jobspec. */
export async function describe(connected: ConnectedShell): Promise<DescribedShell> {
  const { shell } = connected;
  const { readJobspec } = shell.options;
  const answer = await answered(connected);
  const text = readJobspec ? shell.attempt(readJobspec) : String(answer['jobspec']);
  const jobspec = shell.attempt(() => parseShellJobspec(text), 'error parsing jobspec: ');
  const described = new DescribedShell(connected, { jobspec });
  shell.progress.reach('job', described);
  return described;
}

async function answered({ shell, questions }: ConnectedShell): Promise<JsonObject> {
  try {
    return await questions.lookup;
  } catch (e) {
    return shell.fail(`job-info: ${errorText(e)}`);
  }
}
