import { checked, libc } from './ffi';
import { decodeUsage, type ResourceUsage } from './waitstatus';

const who = { self: 0, children: -1, thread: 1 } as const;

/** getrusage(2) of the process, of its children that were waited for, or of the calling thread. */
export function resourceUsage(of: keyof typeof who = 'self'): ResourceUsage {
  const words = new BigInt64Array(18);
  checked(libc().getrusage(who[of], words));
  return decodeUsage(words);
}
