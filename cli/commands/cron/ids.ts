import { CommandError } from '../../command';

/** An entry's id, as typed: `3`. */
export function entryId(word: string): number {
  const id = /^\d+$/.test(word) ? Number(word) : Number.NaN;
  if (!Number.isSafeInteger(id)) throw new CommandError(`Invalid id '${word}'`);
  return id;
}
