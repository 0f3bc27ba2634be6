import { type Real, real } from '../formats/json';
import { resourceUsage } from '../sys/rusage';

/** Payload of `broker.rusage` and `NAME.rusage`: getrusage(2), times in seconds, maxrss in KiB. Fields that Linux does not keep are 0. */
export function rusagePayload(of: 'self' | 'thread'): Record<string, number | Real> {
  const { utime, stime, maxrss, minflt, majflt, inblock, oublock, nvcsw, nivcsw } = resourceUsage(of);
  const kept = { maxrss, ixrss: 0, idrss: 0, isrss: 0, minflt, majflt, nswap: 0, inblock, oublock };
  return { utime: real(utime), stime: real(stime), ...kept, msgsnd: 0, msgrcv: 0, nsignals: 0, nvcsw, nivcsw };
}
