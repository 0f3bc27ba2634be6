import { FluxError } from '../sys/errors';

/** Bits of job states (RFC 21). */
export const STATE = { NEW: 1, DEPEND: 2, PRIORITY: 4, SCHED: 8, RUN: 16, CLEANUP: 32, INACTIVE: 64 } as const;
export type StateName = keyof typeof STATE;

/** Virtual states: sets of states with a name. */
export const PENDING = STATE.DEPEND | STATE.PRIORITY | STATE.SCHED;
export const RUNNING = STATE.RUN | STATE.CLEANUP;
export const ACTIVE = PENDING | RUNNING;

/** Bits of job results. */
export const RESULT = { COMPLETED: 1, FAILED: 2, CANCELED: 4, TIMEOUT: 8 } as const;
export type ResultName = keyof typeof RESULT;

/** Abbreviations of results. */
export const resultAbbreviations: Readonly<Record<ResultName, string>> = { COMPLETED: 'CD', FAILED: 'F', CANCELED: 'CA', TIMEOUT: 'TO' };

/** Name of a state bit; undefined if it is none. */
export const stateName = (bit: number): StateName | undefined => nameOf(STATE, bit);

/** Name of a result bit; undefined if it is none. */
export const resultName = (bit: number): ResultName | undefined => nameOf(RESULT, bit);

/** The bit of a state given by its name or its first letter, in any case. @throws FluxError EINVAL */
export function parseState(text: string): number {
  const upper = text.toUpperCase();
  const name = Object.keys(STATE).find((state) => state === upper || state[0] === upper);
  if (name === undefined) throw new FluxError('EINVAL', `unknown job state '${text}'`);
  return STATE[name as StateName];
}

function nameOf<N extends string>(table: Readonly<Record<N, number>>, bit: number): N | undefined {
  return (Object.keys(table) as N[]).find((name) => table[name] === bit);
}
