import { FluxError } from 'flux';

/** Table `[access]` of the configuration: who besides the instance owner may connect. */
export interface Access {
  /** Any user may, with the user role. */
  allowGuestUser: boolean;
  /** Root may, with the owner role. */
  allowRootOwner: boolean;
}

const keys: ReadonlyMap<string, keyof Access> = new Map([
  ['allow-guest-user', 'allowGuestUser'],
  ['allow-root-owner', 'allowRootOwner'],
]);

/** Reads `[access]` of a configuration. EINVAL, with the contract's text, for other keys and types (contract/broker.md §11). */
export function readAccess(config: Record<string, unknown>): Access {
  const access: Access = { allowGuestUser: false, allowRootOwner: false };
  const table = config['access'];
  if (table === undefined) return access;
  if (typeof table !== 'object' || table === null || Array.isArray(table)) throw malformed(`Expected object, got ${typeName(table)}`);
  const entries = Object.entries(table);
  for (const [key, value] of entries) {
    const name = keys.get(key);
    if (name === undefined) continue;
    if (typeof value !== 'boolean') throw malformed(`Expected true or false, got ${typeName(value)}`);
    access[name] = value;
  }
  const unknown = entries.map(([key]) => key).filter((key) => !keys.has(key));
  if (unknown.length > 0) throw malformed(`${unknown.length} object item(s) left unpacked: ${unknown.join(', ')}`);
  return access;
}

function malformed(detail: string): FluxError {
  return new FluxError('EINVAL', `error parsing [access] configuration: ${detail}`);
}

/** jansson's names of JSON types. */
function typeName(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'real';
  if (typeof value === 'bigint') return 'integer';
  return typeof value === 'boolean' ? String(value) : typeof value;
}
