import { type Flux, isErrno, Kvs } from 'flux';

/** Value of a key of the primary namespace. ENOENT if it is not there. */
export function textOf(flux: Flux, key: string): Promise<string> {
  return new Kvs(flux).getText(key);
}

/** Ids of the jobs in the KVS, by the directories that they are in. */
export async function* jobIds(flux: Flux): AsyncGenerator<bigint[], void, void> {
  for (const a of await namesIn(flux, 'job')) {
    for (const b of await namesIn(flux, `job.${a}`)) {
      for (const c of await namesIn(flux, `job.${a}.${b}`)) {
        yield (await namesIn(flux, `job.${a}.${b}.${c}`)).map((d) => BigInt(`0x${a}${b}${c}${d}`));
      }
    }
  }
}

/** Names in a directory; none if there is no such directory. */
async function namesIn(flux: Flux, key: string): Promise<string[]> {
  try {
    return Object.keys((await new Kvs(flux).readdir(key)).data);
  } catch (e) {
    if (isErrno(e, 'ENOENT')) return [];
    throw e;
  }
}
