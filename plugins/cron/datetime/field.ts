import { FluxError, IdSet } from 'flux';

/** One field of a date and time: the values it may have, and the names that stand for some. */
export interface FieldSpec {
  min: number;
  max: number;
  /** Largest number accepted in a string where it is not `max`: it is kept, and never matches. */
  accepted?: number;
  names?: readonly string[];
}

const months = 'january february march april may june july august september october november december'.split(' ');
const weekdays = 'sunday monday tuesday wednesday thursday friday saturday'.split(' ');

/** The fields of a cron entry of type datetime, as struct tm has them (docs/protocol/cron-heartbeat-barrier.md §1.3). */
export const fieldSpecs = {
  second: { min: 0, max: 60 },
  minute: { min: 0, max: 59, accepted: 60 },
  hour: { min: 0, max: 23 },
  mday: { min: 1, max: 31 },
  month: { min: 0, max: 11, names: months },
  year: { min: 0, max: 1100 },
  weekday: { min: 0, max: 6, names: weekdays },
} as const satisfies Record<string, FieldSpec>;

export type FieldName = keyof typeof fieldSpecs;
export const fieldNames = Object.keys(fieldSpecs) as FieldName[];

const ELEMENT = /^(?:\*|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/;

/**
 * The set a field stands for: an integer, or a comma list of `*`, `A` and `A-B`, each with an optional `/STEP`; absent is `*`.
 * @throws FluxError ERANGE for a number out of range, EINVAL for anything else
 */
export function parseField(spec: FieldSpec, value: unknown): IdSet {
  if (value === undefined) return IdSet.range(spec.min, spec.max);
  if (typeof value === 'number' && Number.isInteger(value)) return IdSet.of(inRange(value, spec.min, spec.max));
  if (typeof value !== 'string') throw new FluxError('EINVAL');
  const set = new IdSet();
  for (const element of value.split(',').map((text) => text.trim())) if (element !== '') addElement(set, spec, element);
  if (set.isEmpty) throw new FluxError('EINVAL');
  return set;
}

function addElement(set: IdSet, spec: FieldSpec, element: string): void {
  const match = ELEMENT.exec(element);
  if (!match) throw new FluxError('EINVAL');
  const [, from, to, stepText] = match;
  const first = from === undefined ? spec.min : numberOf(spec, from);
  const last = from === undefined ? spec.max : to === undefined ? first : numberOf(spec, to);
  const step = Number(stepText ?? 1);
  if (step === 0) throw new FluxError('EINVAL');
  for (let value = Math.min(first, last); value <= Math.max(first, last); value += step) set.add(value);
}

function numberOf(spec: FieldSpec, text: string): number {
  if (/^\d+$/.test(text)) return inRange(Number(text), spec.min, spec.accepted ?? spec.max);
  const index = spec.names?.findIndex((name) => name.startsWith(text.toLowerCase())) ?? -1;
  if (index < 0) throw new FluxError('EINVAL');
  return index;
}

function inRange(value: number, min: number, max: number): number {
  if (value < min || value > max) throw new FluxError('ERANGE');
  return value;
}
