import { FluxError } from './errors';
import { lastErrno, libc } from './ffi';

/** Largest number of CPUs that Linux can be built for, with room to grow. */
const maxCpus = 16384;

/** The CPUs, in ascending order, that a thread may run on: the calling thread, or the one with this pid. Throws ESRCH. */
export function getAffinity(pid = 0): number[] {
  for (let bytes = 128; ; bytes *= 2) {
    const mask = Buffer.alloc(bytes);
    if (libc().sched_getaffinity(pid, bytes, mask) !== -1) return cpusOfMask(mask);
    const errnum = lastErrno();
    if (errnum !== 22 || bytes * 8 >= maxCpus) throw new FluxError(errnum); // EINVAL: the kernel's mask is longer
  }
}

/** Binds a thread (default: the calling one) to these CPUs; those that do not exist are ignored. Throws EINVAL if none is left, ESRCH, EPERM. */
export function setAffinity(cpus: readonly number[], pid = 0): void {
  const mask = maskOfCpus(cpus);
  if (libc().sched_setaffinity(pid, mask.length, mask) === -1) throw new FluxError(lastErrno());
}

/** Runs a synchronous function with the calling thread bound to these CPUs: what it spawns inherits them. Throws as {@link setAffinity}. */
export function withAffinity<T>(cpus: readonly number[], run: () => T): T {
  const before = getAffinity();
  setAffinity(cpus);
  try {
    return run();
  } finally {
    setAffinity(before);
  }
}

/**
 * Reads a CPU set: a list (`0-3,8`) or a mask in hwloc's forms (`0x0000000f`, `0x1,0x00000000`: 32-bit words, highest first).
 * Throws EINVAL.
 */
export function parseCpuset(text: string): number[] {
  const trimmed = text.trim();
  if (trimmed === '') return [];
  return trimmed.startsWith('0x') ? parseMask(trimmed) : parseList(trimmed);
}

/** A CPU set as a list: `0-3,8`; empty for none. */
export function formatCpuList(cpus: readonly number[]): string {
  const sorted = [...new Set(cpus)].sort((a, b) => a - b);
  const ranges: string[] = [];
  for (let i = 0; i < sorted.length; ) {
    let j = i;
    while (sorted[j + 1] === sorted[j]! + 1) j++;
    ranges.push(i === j ? `${sorted[i]}` : `${sorted[i]}-${sorted[j]}`);
    i = j + 1;
  }
  return ranges.join(',');
}

/** A CPU set as hwloc prints it: `0x0000000f`, more than 32 CPUs as words with the highest first; `0x0` for none. */
export function formatCpuMask(cpus: readonly number[]): string {
  if (cpus.length === 0) return '0x0';
  const mask = maskOfCpus(cpus);
  const words: string[] = [];
  for (let at = 0; at <= Math.max(...cpus) >> 3; at += 4) words.unshift(`0x${mask.readUInt32LE(at).toString(16).padStart(8, '0')}`);
  return words.join(',');
}

function parseList(text: string): number[] {
  const cpus = new Set<number>();
  for (const part of text.split(',')) {
    const range = /^(\d+)(?:-(\d+))?$/.exec(part);
    if (!range) throw invalid(text);
    const first = Number(range[1]);
    const last = range[2] === undefined ? first : Number(range[2]);
    if (last < first || last >= maxCpus) throw invalid(text);
    for (let cpu = first; cpu <= last; cpu++) cpus.add(cpu);
  }
  return [...cpus].sort((a, b) => a - b);
}

function parseMask(text: string): number[] {
  const words = text.split(',');
  let bits = 0n;
  words.forEach((word, i) => {
    if (!/^(0x)?[0-9a-fA-F]+$/.test(word) || (i > 0 && word.replace('0x', '').length > 8)) throw invalid(text);
    bits = (bits << 32n) | BigInt(word.startsWith('0x') ? word : `0x${word}`);
  });
  const cpus: number[] = [];
  for (let cpu = 0; bits !== 0n; cpu++, bits >>= 1n) if (bits & 1n) cpus.push(cpu);
  return cpus;
}

const invalid = (text: string): FluxError => new FluxError('EINVAL', `invalid CPU set: ${text}`);

function maskOfCpus(cpus: readonly number[]): Buffer {
  const highest = cpus.reduce((a, b) => Math.max(a, b), 0);
  if (highest >= maxCpus || cpus.some((cpu) => !Number.isInteger(cpu) || cpu < 0)) throw new FluxError('EINVAL');
  const mask = Buffer.alloc(Math.max(128, Math.ceil((highest + 1) / 64) * 8));
  for (const cpu of cpus) mask[cpu >> 3]! |= 1 << (cpu & 7);
  return mask;
}

function cpusOfMask(mask: Buffer): number[] {
  const cpus: number[] = [];
  for (let cpu = 0; cpu < mask.length * 8; cpu++) if (mask[cpu >> 3]! & (1 << (cpu & 7))) cpus.push(cpu);
  return cpus;
}
