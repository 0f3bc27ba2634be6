import { type Flux, isErrno, Kvs } from 'flux';

/** Value of a key of the primary namespace. ENOENT if it is not there. */
export function textOf(flux: Flux, key: string): Promise<string> {
  return new Kvs(flux).getText(key);
}

/** Whether there is a value of that key. */
export async function exists(flux: Flux, key: string): Promise<boolean> {
  return (await orUndefined(textOf(flux, key))) !== undefined;
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

/** A directory of jobs, or of groups of them: four digits of their ids. */
const ID_GROUP = /^[0-9a-f]{4}$/;

/** Those names in a directory that may be of jobs; none if there is no such directory. */
async function namesIn(flux: Flux, key: string): Promise<string[]> {
  const directory = await orUndefined(new Kvs(flux).readdir(key));
  return Object.keys(directory?.data ?? {}).filter((name) => ID_GROUP.test(name));
}

/** Undefined for what is not there, or is no directory. */
async function orUndefined<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (e) {
    if (isErrno(e, 'ENOENT') || isErrno(e, 'ENOTDIR')) return undefined;
    throw e;
  }
}
