import dns from 'node:dns/promises';
import os from 'node:os';

/**
 * Whether a host name means this machine: `localhost`, the name it gives itself, or that name with more or less of its domain, if that resolves to an
 * address of this machine (a node1 of another domain is another host). Other aliases are not recognized.
 */
export async function isThisHost(name: string, own = os.hostname()): Promise<boolean> {
  const [wanted, self] = [name, own].map((one) => one.toLowerCase().replace(/\.$/, '')) as [string, string];
  if (wanted === 'localhost' || wanted === self) return true;
  if (!wanted.startsWith(`${self}.`) && !self.startsWith(`${wanted}.`)) return false;
  return isOwnAddress(wanted);
}

async function isOwnAddress(name: string): Promise<boolean> {
  const own = new Set(Object.values(os.networkInterfaces()).flatMap((addresses = []) => addresses.map(({ address }) => address)));
  try {
    const found = await dns.lookup(name, { all: true });
    return found.some(({ address }) => own.has(address) || address.startsWith('127.'));
  } catch {
    return false; // it does not resolve: nobody we know
  }
}
