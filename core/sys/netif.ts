import dns from 'node:dns/promises';
import fs from 'node:fs';
import os from 'node:os';
import { FluxError } from './errors';

/** How to choose the address that others reach this machine by. */
export interface AddressOptions {
  /** FLUX_IPADDR_HOSTNAME: the address of the host name first, instead of that of the default route's interface. */
  preferHostname?: boolean;
  /** FLUX_IPADDR_V6: an IPv6 address first. */
  preferV6?: boolean;
}

/**
 * The primary address of this machine: that of the interface which has the default route, else that of the host name; the other way round with
 * `preferHostname`. Numeric, without zone. Throws EADDRNOTAVAIL if there is neither. (docs/protocol/wire.md §7, "Endpoints")
 */
export async function primaryAddress(options: AddressOptions = {}): Promise<string> {
  const ways = [() => Promise.resolve(routeAddress(options)), () => hostAddress(options)];
  if (options.preferHostname) ways.reverse();
  for (const way of ways) {
    const address = await way();
    if (address !== undefined) return address;
  }
  throw new FluxError('EADDRNOTAVAIL', 'this machine has no address: neither a default route nor a host name that resolves');
}

/** Interface of the default route; undefined if there is none. */
export function defaultInterface(family: 4 | 6 = 4): string | undefined {
  return family === 4 ? defaultInterfaceV4(readTable('/proc/net/route')) : defaultInterfaceV6(readTable('/proc/net/ipv6_route'));
}

function routeAddress({ preferV6 }: AddressOptions): string | undefined {
  const v4 = defaultInterface(4);
  const name = (preferV6 ? defaultInterface(6) : undefined) ?? v4 ?? defaultInterface(6);
  const addresses = name === undefined ? [] : (os.networkInterfaces()[name] ?? []);
  const first = (family: string): string | undefined =>
    addresses.find((a) => a.family === family && !a.internal && !a.address.startsWith('fe80:'))?.address;
  return preferV6 ? (first('IPv6') ?? first('IPv4')) : (first('IPv4') ?? first('IPv6'));
}

async function hostAddress({ preferV6 }: AddressOptions): Promise<string | undefined> {
  try {
    const found = await dns.lookup(os.hostname(), { all: true });
    const first = (family: number): string | undefined => found.find((a) => a.family === family)?.address;
    return preferV6 ? (first(6) ?? first(4)) : (first(4) ?? first(6));
  } catch (e) {
    const { code } = e as NodeJS.ErrnoException;
    if (code === 'ENOTFOUND' || code === 'EAI_AGAIN' || code === 'ENODATA') return undefined;
    throw e;
  }
}

const RTF_UP = 1;

// Columns: Iface Destination Gateway Flags RefCnt Use Metric Mask …, numbers in hexadecimal
function defaultInterfaceV4(rows: string[][]): string | undefined {
  const routes = rows.filter((r) => r[1] === '00000000' && r[7] === '00000000' && isUp(r[3]));
  return routes.sort((a, b) => Number(a[6]) - Number(b[6]))[0]?.[0];
}

// Columns: destination, its prefix length, source, its prefix length, gateway, metric, references, use, flags, interface
function defaultInterfaceV6(rows: string[][]): string | undefined {
  const routes = rows.filter((r) => /^0+$/.test(r[0] ?? '') && r[1] === '00' && isUp(r[8]) && r[9] !== 'lo');
  return routes.sort((a, b) => Number.parseInt(a[5]!, 16) - Number.parseInt(b[5]!, 16))[0]?.[9];
}

const isUp = (flags: string | undefined): boolean => (Number.parseInt(flags ?? '0', 16) & RTF_UP) !== 0;

function readTable(file: string): string[][] {
  if (!fs.existsSync(file)) return [];
  return fs
    .readFileSync(file, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/));
}
