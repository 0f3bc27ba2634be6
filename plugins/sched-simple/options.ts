import { FluxError, type ModuleContext } from 'flux';
import { type AllocMode, allocModes } from 'flux/internal';

/** Arguments of the module (contract: resource-sched.md, 7.1). */
export interface SchedOptions {
  /** How many alloc requests the job manager may have pending; 0: any number. */
  limit: number;
  allocMode: AllocMode;
  /** Every free fails (for tests). */
  failFree: boolean;
}

const DEFAULT_LIMIT = 8;

/** Reads them: a bad value is logged and the default kept. @throws FluxError EINVAL for an unknown one */
export function readOptions({ args, log }: ModuleContext): SchedOptions {
  const options: SchedOptions = { limit: DEFAULT_LIMIT, allocMode: 'worst-fit', failFree: false };
  for (const arg of args) {
    if (arg.startsWith('mode=')) options.limit = readLimit(arg.slice(5), log.err) ?? options.limit;
    else if (arg.startsWith('alloc-mode=')) options.allocMode = readAllocMode(arg.slice(11), log.err) ?? options.allocMode;
    else if (arg === 'test-free-nolookup') options.failFree = true;
    else throw new FluxError('EINVAL', `Unknown module option: '${arg}'`); // which is logged
  }
  return options;
}

type Complain = (text: string) => void;

function readLimit(mode: string, complain: Complain): number | undefined {
  if (mode === 'unlimited') return 0;
  if (!mode.startsWith('limited=')) complain(`unknown mode: ${mode}`);
  else if (/^[0-9]+$/.test(mode.slice(8)) && Number(mode.slice(8)) > 0) return Number(mode.slice(8));
  else complain(`invalid limited value: ${mode}`);
  return undefined;
}

function readAllocMode(name: string, complain: Complain): AllocMode | undefined {
  const mode = allocModes.find((known) => known === name);
  if (mode === undefined) complain(`unknown allocation mode: ${name}`);
  return mode;
}
