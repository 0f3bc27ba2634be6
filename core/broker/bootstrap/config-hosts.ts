import { Hostlist } from '../../formats/hostlist';
import type { JsonObject } from '../../formats/json-values';
import { t } from '../../schema';
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

const shape = t.wire(
  {
    enable_ipv6: t.boolean({ default: false }),
    curve_cert: t.optional(t.string()),
    default_port: t.int({ default: 0 }),
    default_bind: t.optional(t.string()),
    default_connect: t.optional(t.string()),
    hosts: t.worded(t.array(t.any(), { default: [] }), `${PREFIX} hosts must be array type`),
  },
  { title: PREFIX },
);
const named = t.worded(
  t.wire({ host: t.string() }),
  `${PREFIX}: missing host field\nHint: hosts entries must be table containing a host key`,
);
const located = t.wire({ bind: t.optional(t.string()), connect: t.optional(t.string()) });

/**
 * Reads the `bootstrap` table. Throws EINVAL with the contract's lines (docs/protocol/broker.md §12), each to be printed on its own.
 */
export function readBootstrapTable(table: JsonObject): BootstrapTable {
  const { enable_ipv6: enableIpv6, curve_cert: curveCert, default_port: port, ...given } = shape.parse(table);
  const { hosts: entries, default_bind: bind, default_connect: connect } = given;
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
  const { host } = named.parse(entry);
  const { bind, connect } = attempt(
    () => located.parse(entry),
    () => configError(`: rank ${rank} bad hosts entry`, 'bind and connect keys, if present, are type string'),
  );
  const names = attempt(
    () => [...Hostlist.parse(host)],
    () => configError(': Invalid argument', `host value '${host}' is not a valid hostlist`),
  );
  return names.map((name) => [name, { bind, connect }]);
}

function attempt<T>(read: () => T, error: () => FluxError): T {
  try {
    return read();
  } catch {
    throw error();
  }
}

/** `%h` is the host, `%p` the default port, `%%` a percent sign; others stay. */
function substitute(uri: string | undefined, host: string, port: number): string | undefined {
  return uri?.replace(/%[hp%]/g, (token) => (token === '%h' ? host : token === '%p' ? String(port) : '%'));
}
