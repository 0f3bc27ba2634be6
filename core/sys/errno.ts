import os from 'node:os';

/** Those that Node has no name for. */
const others = {
  ENOTBLK: 15,
  ECHRNG: 44,
  EL2NSYNC: 45,
  EL3HLT: 46,
  EL3RST: 47,
  ELNRNG: 48,
  EUNATCH: 49,
  ENOCSI: 50,
  EL2HLT: 51,
  EBADE: 52,
  EBADR: 53,
  EXFULL: 54,
  ENOANO: 55,
  EBADRQC: 56,
  EBADSLT: 57,
  EBFONT: 59,
  ENONET: 64,
  ENOPKG: 65,
  EREMOTE: 66,
  EADV: 68,
  ESRMNT: 69,
  ECOMM: 70,
  EDOTDOT: 73,
  ENOTUNIQ: 76,
  EBADFD: 77,
  EREMCHG: 78,
  ELIBACC: 79,
  ELIBBAD: 80,
  ELIBSCN: 81,
  ELIBMAX: 82,
  ELIBEXEC: 83,
  ERESTART: 85,
  ESTRPIPE: 86,
  EUSERS: 87,
  ESOCKTNOSUPPORT: 94,
  EPFNOSUPPORT: 96,
  ESHUTDOWN: 108,
  ETOOMANYREFS: 109,
  EHOSTDOWN: 112,
  EUCLEAN: 117,
  ENOTNAM: 118,
  ENAVAIL: 119,
  EISNAM: 120,
  EREMOTEIO: 121,
  ENOMEDIUM: 123,
  EMEDIUMTYPE: 124,
  ENOKEY: 126,
  EKEYEXPIRED: 127,
  EKEYREVOKED: 128,
  EKEYREJECTED: 129,
  EOWNERDEAD: 130,
  ENOTRECOVERABLE: 131,
  ERFKILL: 132,
  EHWPOISON: 133,
};

const table = { ...os.constants.errno, ...others };

/** Name of an errno of Linux, e.g. `'ENOENT'`. */
export type ErrnoName = keyof typeof table;

/** Linux errno numbers by name, e.g. `errno.ENOENT === 2`: the `errnum` of a response (RFC 3). */
export const errno: Readonly<Record<ErrnoName, number>> = Object.freeze(table);

/** Whether a value is an errno's name, such as `'ENOENT'`: upper case, of Linux. */
export const isErrnoName = (name: unknown): name is ErrnoName => typeof name === 'string' && Object.hasOwn(table, name);

const names = new Map<number, ErrnoName>();
for (const [name, number] of Object.entries(errno) as [ErrnoName, number][]) if (!names.has(number)) names.set(number, name);
names.set(11, 'EAGAIN'); // also EWOULDBLOCK
names.set(95, 'ENOTSUP'); // also EOPNOTSUPP

/** Name of an errno number, e.g. `ENOENT`; undefined for a number Linux does not use. */
export function errnoName(number: number): ErrnoName | undefined {
  return names.get(number);
}
