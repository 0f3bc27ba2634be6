import { Hostlist } from '../../formats/hostlist';
import { jsonTypeName } from '../../formats/json-types';
import { isJsonObject, type JsonObject } from '../../formats/json-values';
import { FluxError } from '../../sys/errors';

/** One broker of a configured instance; its rank is its place in the list. */
export interface HostEntry {
  host: string;
  /** ZeroMQ endpoint that it listens on for its children. */
  bind: string | undefined;
  /** ZeroMQ endpoint that its children connect to. */
  connect: string | undefined;
}

/** The `bootstrap` table of the configuration, checked and expanded (flux-config-bootstrap(5)). */
export interface BootstrapTable {
  hosts: HostEntry[];
  /** Path of the certificate. */
  curveCert: string | undefined;
  enableIpv6: boolean;
}

const PREFIX = 'Config file error [bootstrap]';

/**
 * Reads the `bootstrap` table. Throws EINVAL with the contract's lines (contract/broker.md §12), each to be printed on its own.
 */
export function readBootstrapTable(table: JsonObject): BootstrapTable {
  const enableIpv6 = typed(table, 'enable_ipv6', 'boolean', 'true or false') ?? false;
  const curveCert = typed(table, 'curve_cert', 'string', 'string');
  const port = integer(table, 'default_port');
  const bind = typed(table, 'default_bind', 'string', 'string');
  const connect = typed(table, 'default_connect', 'string', 'string');
  const entries = table['hosts'] ?? [];
  if (!Array.isArray(entries)) throw configError(' hosts must be array type');
  if (entries.length > 1) requireCertificate(curveCert);
  const hosts: HostEntry[] = [];
  for (const entry of entries) {
    for (const [host, own] of expand(entry, hosts.length)) {
      const uri = (own: string | undefined, fallback: string | undefined) => substitute(own ?? fallback, host, port);
      hosts.push({ host, bind: uri(own.bind, bind), connect: uri(own.connect, connect) });
    }
  }
  if (hosts.length > 1) requireCertificate(curveCert);
  return { hosts, curveCert, enableIpv6 };
}

/** An error of the table. `text` begins with `: ` or a blank; `hint` is a line of its own. */
export function configError(text: string, hint?: string): FluxError {
  return new FluxError('EINVAL', `${PREFIX}${text}${hint === undefined ? '' : `\nHint: ${hint}`}`);
}

function requireCertificate(curveCert: string | undefined): void {
  if (curveCert === undefined) throw configError(' curve_cert is required for size > 1');
}

/** The hosts that an entry stands for, with the URIs it gives them. */
function expand(entry: unknown, rank: number): [host: string, uris: { bind: string | undefined; connect: string | undefined }][] {
  const { host, bind, connect }: JsonObject = isJsonObject(entry) ? entry : {};
  if (typeof host !== 'string') throw configError(': missing host field', 'hosts entries must be table containing a host key');
  if (!isOptionalString(bind) || !isOptionalString(connect)) {
    throw configError(`: rank ${rank} bad hosts entry`, 'bind and connect keys, if present, are type string');
  }
  try {
    return [...Hostlist.parse(host)].map((name) => [name, { bind, connect }]);
  } catch {
    throw configError(': Invalid argument', `host value '${host}' is not a valid hostlist`);
  }
}

const isOptionalString = (value: unknown): value is string | undefined => value === undefined || typeof value === 'string';

/** `%h` is the host, `%p` the default port, `%%` a percent sign; others stay. */
function substitute(uri: string | undefined, host: string, port: number | undefined): string | undefined {
  return uri?.replace(/%[hp%]/g, (token) => (token === '%h' ? host : token === '%p' ? String(port ?? 0) : '%'));
}

interface Typed {
  string: string;
  boolean: boolean;
}

function typed<T extends keyof Typed>(table: JsonObject, key: string, type: T, name: string): Typed[T] | undefined {
  const value = table[key];
  if (value !== undefined && typeof value !== type) throw configError(`: Expected ${name}, got ${jsonTypeName(value)}`);
  return value as Typed[T] | undefined;
}

function integer(table: JsonObject, key: string): number | undefined {
  const value = table[key];
  if (value !== undefined && jsonTypeName(value) !== 'integer') throw configError(`: Expected integer, got ${jsonTypeName(value)}`);
  return value === undefined ? undefined : Number(value);
}
