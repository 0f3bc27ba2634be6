import { isLaunchers } from '../pmi';
import { STARTER_FD } from './program/starter';

type Env = Readonly<Record<string, string | undefined>>;

/** Of what started this broker and of the enclosing instance: not for what runs below it. */
const parentVariables = [STARTER_FD, 'FLUX_KVS_NAMESPACE'] as const;
/** Of the job this instance is: for the initial program and the other run levels only. */
const jobVariables = ['FLUX_JOB_ID', 'FLUX_JOB_SIZE', 'FLUX_JOB_NNODES'] as const;

/** Environment of the commands of run levels: the broker's at start, with FLUX_URI of this instance (docs/protocol/broker.md §9). */
export function commandEnvironment(env: Env, uri: string | null): Record<string, string | undefined> {
  return { ...without(env, parentVariables), FLUX_URI: uri ?? undefined };
}

/** Environment of everything else the broker starts. */
export function serviceEnvironment(env: Env): Record<string, string | undefined> {
  return { ...without(env, [...parentVariables, ...jobVariables]), FLUX_URI: undefined };
}

/** Nor what a launcher says to this broker as its task: programs below would take themselves for that task. */
function without(env: Env, names: readonly string[]): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !names.includes(name) && !isLaunchers(name, env)));
}
