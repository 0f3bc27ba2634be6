import { FluxError } from './errors';
import { checked, libc } from './ffi';

const resources = {
  cpu: 0,
  fsize: 1,
  data: 2,
  stack: 3,
  core: 4,
  rss: 5,
  nproc: 6,
  nofile: 7,
  memlock: 8,
  as: 9,
  locks: 10,
  sigpending: 11,
  msgqueue: 12,
  nice: 13,
  rtprio: 14,
  rttime: 15,
} as const;

/** A resource of getrlimit(2) in lower case, without RLIMIT_. */
export type Resource = keyof typeof resources;

/** All resources that Linux limits. */
export const resourceNames = Object.keys(resources) as readonly Resource[];

/** Limits in the resource's unit (bytes, seconds, …; rttime: microseconds); Infinity for none. */
export interface Limit {
  soft: number;
  hard: number;
}

const infinity = 0xffff_ffff_ffff_ffffn;

/** Limits of this process, or of the one with this pid. Throws ESRCH, EPERM. */
export function getLimit(resource: Resource, pid = 0): Limit {
  const words = new BigUint64Array(2);
  checked(libc().prlimit(pid, resources[resource], null, words));
  return { soft: fromWord(words[0]!), hard: fromWord(words[1]!) };
}

/** Sets limits; the one that is left out stays. Throws EPERM (above the hard limit), EINVAL (soft above hard), ESRCH. */
export function setLimit(resource: Resource, limit: Partial<Limit>, pid = 0): void {
  const { soft, hard } = { ...getLimit(resource, pid), ...limit };
  checked(libc().prlimit(pid, resources[resource], new BigUint64Array([toWord(soft), toWord(hard)]), null));
}

/** Runs a synchronous function under another soft limit, which the processes it spawns keep. Throws as {@link setLimit}. */
export function withLimit<T>(resource: Resource, soft: number, run: () => T): T {
  const before = getLimit(resource);
  setLimit(resource, { soft });
  try {
    return run();
  } finally {
    setLimit(resource, before);
  }
}

/** Raises the soft limit of open descriptors to the hard one and returns it. */
export function raiseFileLimit(): number {
  const { soft, hard } = getLimit('nofile');
  if (soft !== hard) setLimit('nofile', { soft: hard });
  return hard;
}

const fromWord = (word: bigint): number => (word === infinity ? Number.POSITIVE_INFINITY : Number(word));

function toWord(value: number): bigint {
  if (value === Number.POSITIVE_INFINITY) return infinity;
  if (!Number.isInteger(value) || value < 0) throw new FluxError('EINVAL');
  return BigInt(value);
}
