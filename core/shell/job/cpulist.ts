import { FluxError } from '../../sys/errors';

const MAX_ID = 1024;

/** Ids of a list as it stands in R (`0-3,5`), ascending: ids below 1024, no leading zeros. @throws FluxError EINVAL */
export function parseIdList(list: string): number[] {
  const ids = new Set<number>();
  for (const part of list === '' ? [] : list.split(',')) {
    const range = /^(0|[1-9]\d*)(?:-(0|[1-9]\d*))?$/.exec(part);
    const first = Number(range?.[1]);
    const last = Number(range?.[2] ?? first);
    if (!range || last < first || last >= MAX_ID) throw new FluxError('EINVAL', `invalid id list: ${list}`);
    for (let id = first; id <= last; id++) ids.add(id);
  }
  return [...ids].sort((a, b) => a - b);
}
