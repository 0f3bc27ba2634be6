import os from 'node:os';

/** Linux errno numbers by name, e.g. `errno.ENOENT === 2`: the `errnum` of a response (RFC 3). */
export const errno: Readonly<Record<string, number>> = Object.freeze({ ...os.constants.errno, EREMOTEIO: 121 }); // Node has no name for it

const names = new Map<number, string>();
for (const [name, number] of Object.entries(errno)) if (!names.has(number)) names.set(number, name);
names.set(11, 'EAGAIN'); // also EWOULDBLOCK
names.set(95, 'ENOTSUP'); // also EOPNOTSUPP

/** Name of an errno number, e.g. `ENOENT`; undefined for a number Linux does not use. */
export function errnoName(number: number): string | undefined {
  return names.get(number);
}
