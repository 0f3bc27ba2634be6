import { Hostlist } from '../../formats/hostlist';
import { isCurveKey } from '../../formats/z85';
import { isOneNode, openPmi, type PmiClient, PmiError, parseMapping } from '../../pmi';
import { errorText, FluxError } from '../../sys/errors';
import { primaryAddress } from '../../sys/netif';
import { ZmqOverlay } from '../overlay-zmq';
import { Topology } from '../topology';
import { type Bootstrap, type BootstrapOptions, overlayTuning, ownName } from './bootstrap';

/** A broker's address and key, which it tells the others through PMI, under the key of its rank. */
interface BusinessCard {
  hostname: string;
  /** CURVE public key, Z85. */
  pubkey: string;
  /** Where its children connect to; empty without children. */
  uri: string;
}

/**
 * Bootstraps through PMI-1 (docs/protocol/broker.md §12): from any launcher that serves it on a descriptor or a port, or has a library for it; else
 * as an instance of one. Throws FluxErrors whose text names the step that failed.
 */
export async function bootstrapPmi(options: BootstrapOptions): Promise<Bootstrap> {
  const pmi = await step('broker_pmi_init', () => openPmi(options.env, options.trace, { warn: options.warn }));
  try {
    await step('broker_pmi_init', () => pmi.init());
    const { rank, size } = pmi;
    if (size > 1) await step('broker_pmi_get_params', () => pmi.maxes());
    const kvsname = await step('broker_pmi_get_params', () => pmi.kvsname());
    const level = await optional(pmi, 'flux.instance-level');
    const own = { jobid: level === undefined ? null : kvsname, 'instance-level': level ?? '0' };
    if (size === 1) {
      await pmi.finalize();
      return { rank, size, overlay: undefined, attributes: { ...own, 'broker.mapping': '(vector,(0,1,1))', hostlist: ownName(options) } };
    }
    const mapping = await optional(pmi, 'PMI_process_mapping');
    const { overlay, hosts } = await exchange(pmi, mapping, options);
    await step('broker_pmi_finalize', () => pmi.finalize());
    return { rank, size, overlay, gathered: true, attributes: { ...own, 'broker.mapping': mapping ?? null, hostlist: hostlistOf(hosts) } };
  } finally {
    pmi.close();
  }
}

/** Binds, exchanges business cards, and tells the overlay its neighbours. */
async function exchange(
  pmi: PmiClient,
  mapping: string | undefined,
  options: BootstrapOptions,
): Promise<{ overlay: ZmqOverlay; hosts: string[] }> {
  const { rank, size } = pmi;
  const topology = new Topology(rank, size, options.fanout);
  const hosts: string[] = [];
  const overlay = await ZmqOverlay.create({
    topology,
    userid: options.userid,
    hostname: (r) => hosts[r] ?? `rank ${r}`,
    ...overlayTuning(options),
  });
  try {
    const uri = topology.children.length > 0 ? await overlay.bind(await endpoint(pmi, mapping, options)) : '';
    const card: BusinessCard = { hostname: ownName(options), pubkey: overlay.keys.publicKey, uri };
    await step(`broker_pmi_kvs_put ${rank}`, () => pmi.put(String(rank), JSON.stringify(card)));
    await step('broker_pmi_barrier', () => pmi.barrier());
    if (topology.parent !== undefined) {
      const parent = await cardOf(pmi, topology.parent);
      overlay.connectTo(parent.uri, parent.pubkey);
    }
    for (const child of topology.children) overlay.authorize(String(child), (await cardOf(pmi, child)).pubkey);
    for (let r = 0; r < size; r++) hosts.push((await cardOf(pmi, r)).hostname);
    await step('broker_pmi_barrier', () => pmi.barrier());
    return { overlay, hosts };
  } catch (e) {
    await overlay.close();
    throw e;
  }
}

/**
 * A socket file where all brokers are known to be on this node, else any port of the address that others reach this node by
 * (docs/protocol/wire.md §7, "Endpoints").
 */
async function endpoint(
  { rank, size }: PmiClient,
  mapping: string | undefined,
  { rundir, preferTcp, env }: BootstrapOptions,
): Promise<string> {
  const blocks = parseMapping(mapping ?? '') ?? [];
  if (isOneNode(blocks, size) && !preferTcp) return `ipc://${rundir}/tbon-${rank}`;
  const address = await primaryAddress({
    preferHostname: env['FLUX_IPADDR_HOSTNAME'] !== undefined,
    preferV6: env['FLUX_IPADDR_V6'] !== undefined,
  });
  return `tcp://${address.includes(':') ? `[${address}]` : address}:*`;
}

async function cardOf(pmi: PmiClient, rank: number): Promise<BusinessCard> {
  const text = await step(`broker_pmi_kvs_get ${rank}`, () => pmi.get(String(rank)));
  try {
    const card = JSON.parse(text) as BusinessCard;
    if (typeof card.hostname === 'string' && typeof card.uri === 'string' && isCurveKey(card.pubkey)) return card;
  } catch {
    // reported below
  }
  throw new FluxError('EPROTO', `error decoding rank ${rank} business card`);
}

/** A value that may be missing. */
async function optional(pmi: PmiClient, key: string): Promise<string | undefined> {
  try {
    return await pmi.get(key);
  } catch (e) {
    if (e instanceof PmiError) return undefined;
    throw e;
  }
}

function hostlistOf(hosts: readonly string[]): string {
  const list = Hostlist.parse('');
  for (const host of hosts) list.append(host);
  return list.encode();
}

async function step<T>(name: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (e) {
    throw named(name, e);
  }
}

function named(name: string, e: unknown): FluxError {
  return new FluxError(e instanceof FluxError ? e.code : 'EIO', `${name}: ${errorText(e)}`, { cause: e });
}
