import { readCertificate } from '../../formats/certificate';
import { Hostlist } from '../../formats/hostlist';
import { isJsonObject, type JsonObject } from '../../formats/json-values';
import { ZmqOverlay } from '../overlay-zmq';
import { Topology } from '../topology';
import { type Bootstrap, type BootstrapOptions, overlayTuning, ownName } from './bootstrap';
import { type BootstrapTable, configError, type HostEntry, readBootstrapTable } from './config-hosts';

/** True if the configuration decides how to bootstrap: it has a table `bootstrap`. */
export function hasBootstrapTable(config: Readonly<Record<string, unknown>>): boolean {
  return config['bootstrap'] !== undefined;
}

/**
 * Bootstraps from the configuration (flux-config-bootstrap(5), docs/protocol/broker.md §12): the rank is the place of our host name in its list of
 * hosts; all brokers share one certificate. Without hosts it is an instance of one. Throws FluxErrors whose text is the lines to print.
 */
export async function bootstrapConfig(config: Readonly<Record<string, unknown>>, options: BootstrapOptions): Promise<Bootstrap> {
  const section = config['bootstrap'];
  if (!isJsonObject(section)) throw configError(': Expected object');
  const table = readBootstrapTable(section as JsonObject);
  const { hosts } = table;
  if (hosts.length === 0) return alone(table, { 'broker.mapping': mappingOf(hosts) });
  const hostname = ownName(options);
  const rank = hosts.findIndex(({ host }) => host === hostname);
  if (rank < 0) throw configError(`: ${hostname} not found in hosts`);
  const hostlist = Hostlist.of(...hosts.map(({ host }) => host)).encode();
  const attributes = { 'instance-level': '0', 'broker.mapping': mappingOf(hosts), hostlist };
  if (hosts.length === 1) return alone(table, attributes);
  return { rank, size: hosts.length, overlay: await overlayOf(rank, table, options), attributes, endpoint: hosts[rank]!.connect ?? null };
}

/** It needs no certificate, but one that is named has to be good: the instance may grow. */
function alone({ curveCert }: BootstrapTable, attributes: Bootstrap['attributes']): Bootstrap {
  if (curveCert !== undefined) readCertificate(curveCert);
  return { rank: 0, size: 1, overlay: undefined, attributes: { 'instance-level': '0', ...attributes } };
}

/** Binds if there are children, and names the parent; everybody's key is the certificate's. */
async function overlayOf(rank: number, { hosts, curveCert, enableIpv6 }: BootstrapTable, options: BootstrapOptions): Promise<ZmqOverlay> {
  const topology = new Topology(rank, hosts.length, options.fanout);
  const own = hosts[rank]!;
  const bind = topology.children.length > 0 ? required(own.bind, rank, 'bind') : undefined;
  const parentUri = topology.parent === undefined ? undefined : required(hosts[topology.parent]!.connect, topology.parent, 'connect');
  const { publicKey, secretKey, name } = readCertificate(curveCert!);
  const overlay = await ZmqOverlay.create({
    topology,
    userid: options.userid,
    keys: { publicKey, secretKey },
    ipv6: enableIpv6,
    ...overlayTuning(options),
    hostname: (r) => hosts[r]!.host,
  });
  try {
    overlay.authorize(name, publicKey);
    if (bind !== undefined) await overlay.bind(bind);
    if (parentUri !== undefined) overlay.connectTo(parentUri, publicKey);
    return overlay;
  } catch (e) {
    await overlay.close();
    throw e;
  }
}

function required(uri: string | undefined, rank: number, what: 'bind' | 'connect'): string {
  if (uri === undefined) throw configError(`: rank ${rank} missing ${what} URI`);
  return uri;
}

/** PMI's notation for one process on each of so many nodes; null where that is not so. */
function mappingOf(hosts: readonly HostEntry[]): string | null {
  const distinct = new Set(hosts.map(({ host }) => host)).size === hosts.length;
  return distinct ? `(vector,(0,${Math.max(hosts.length, 1)},1))` : null;
}
