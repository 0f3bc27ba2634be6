import { FluxError, Hostlist, IdSet, Kvs, type ModuleContext, NO_RESPONSE, type Request, resource } from 'flux';
import { parseTargets, wallSeconds } from 'flux/internal';
import { Acquisition } from './acquisition';
import { DrainTable } from './drain-table';
import { EVENTLOG_KEY, ResourceEventlog } from './eventlog';
import { InstanceR, type KnownR, knownR } from './instance-r';
import { discover, type LocalResources } from './local';
import { OnlineRanks } from './online';
import { Reduction } from './reduction';
import { checkSize, loadRFile, loadXmlDir, type ReloadWanted } from './reload';
import { replayDrainState } from './replay';
import type { ResourceConf, ResourceSettings } from './settings';
import { attribute, fromConfiguration, fromEnclosingInstance, fromKvs, readRFile } from './sources';
import { drainTargets, ranksOfTargets } from './targets';
import { reasonToDrain } from './verify';
import type { XmlMap } from './xml-map';

/** Events after whose commit the scheduler is told what is up. */
const updates = new Set(['online', 'offline', 'drain', 'undrain', 'exclude', 'unexclude']);

type Context = Pick<ModuleContext, 'flux' | 'log' | 'env' | 'config' | 'signal' | 'defer' | 'stop'>;

/** The resource module on rank 0: it keeps the state of the instance's resources (docs/protocol/resource-sched.md §6). */
export class ResourceLeader {
  readonly inventory = new InstanceR();
  readonly local: LocalResources;
  readonly #m: Context;
  readonly #size: number;
  readonly #settings: ResourceSettings;
  readonly #kvs: Kvs;
  readonly #eventlog: ResourceEventlog;
  readonly #online: OnlineRanks;
  readonly #acquisition: Acquisition;
  readonly reduction: Reduction;
  readonly #waitingForXml = new Set<Request>();
  #drained = new DrainTable();
  #excluded = new IdSet();
  #xml: XmlMap | undefined;

  constructor(m: Context, { size, descendants, settings }: { size: number; descendants: number; settings: ResourceSettings }) {
    this.#m = m;
    this.#size = size;
    this.#settings = settings;
    this.local = discover(m, 0);
    this.#kvs = new Kvs(m.flux);
    this.#online = new OnlineRanks(size, (change) => this.#onlineChanged(change));
    this.#acquisition = new Acquisition({
      inventory: this.inventory,
      log: m.log,
      up: () => this.#online.ranks.difference(this.#drained.ranks).difference(this.#excluded),
      excluded: () => this.#excluded,
    });
    this.#eventlog = new ResourceEventlog(this.#kvs, m.log, (name) => {
      if (updates.has(name)) this.#acquisition.update();
    });
    this.reduction = new Reduction(descendants, ({ rlist, xml }) => this.#reduced(knownR('dynamic-discovery', rlist), xml));
  }

  async start(): Promise<void> {
    const known = await this.#findR();
    const eventlog = (await this.#kvs.find(EVENTLOG_KEY))?.text;
    this.#drained = replayDrainState(eventlog, this.#size);
    if (known) this.inventory.set(known);
    if (this.#settings.exclude !== undefined) this.#excluded = await this.#initialExclusion(this.#settings.exclude);
    if (this.#settings.forceUp) this.#online.force();
    await this.#verify();
    await this.#eventlog.post('resource-init', {
      restart: eventlog !== undefined,
      drain: this.#drained.toJSON(),
      online: this.#online.ranks.encode(),
      exclude: this.#excluded.encode(),
    });
    if (known) await this.#define(known);
    this.reduction.addLocal(0, this.local);
    if (!this.#settings.forceUp) void this.#online.follow(this.#m);
    this.#m.defer(() => this.#acquisition.close());
    // a scheduler that had its resources from an earlier life of the module takes them again
    this.#m.flux.publish(resource.hello, {}, { private: true }).catch((e) => this.#m.log.err(`${resource.hello.topic}: ${e.message}`));
  }

  // ---- methods

  status() {
    return {
      R: this.inventory.payload,
      drain: this.#drained.toJSON(),
      online: this.#online.ranks.encode(),
      offline: this.#online.offline.encode(),
      exclude: this.#excluded.encode(),
    };
  }

  async drain(targets: string, reason: string | undefined): Promise<void> {
    const ranks = drainTargets(targets, this.inventory.require().rlist, this.#size);
    const timestamp = wallSeconds();
    this.#drained.drain(ranks, timestamp, reason ?? '');
    await this.#eventlog.post('drain', { idset: ranks.encode(), reason: reason ?? 'unknown' }, timestamp);
  }

  async undrain(targets: string): Promise<void> {
    const ranks = drainTargets(targets, this.inventory.require().rlist, this.#size);
    this.#drained.undrain(ranks);
    await this.#eventlog.post('undrain', { idset: ranks.encode() });
  }

  acquire(request: Request): typeof NO_RESPONSE {
    return this.#acquisition.accept(request);
  }

  cancelAcquire(request: Request, matchtag: number): void {
    this.#acquisition.cancel(request.sender, matchtag);
  }

  disconnect(request: Request): void {
    this.#acquisition.disconnect(request.sender);
    this.#online.disconnect(request.sender);
    for (const waiting of this.#waitingForXml) if (waiting.sender === request.sender) this.#waitingForXml.delete(waiting);
  }

  async getXml(request: Request): Promise<{ xml: (string | null)[] } | typeof NO_RESPONSE> {
    if (this.#xml) return { xml: this.#xml.toArray(this.#size) };
    if (!(await this.#wholeQuorum())) {
      throw new FluxError('EINVAL', 'Request may block forever. If R is incomplete, there may be a config error.');
    }
    this.#waitingForXml.add(request);
    return NO_RESPONSE;
  }

  async reload({ path, xml, force }: ReloadWanted): Promise<void> {
    const limits = { size: this.#size, force };
    const loaded = await (xml ? loadXmlDir(path) : loadRFile(path, limits));
    checkSize(loaded.known, limits, this.#m.log);
    if (this.#acquisition.active) throw new FluxError('EBUSY', 'resources are busy (unload scheduler?)');
    if (loaded.xml) this.#setXml(loaded.xml);
    await this.#define(loaded.known);
  }

  waitUp(request: Request, up: number): typeof NO_RESPONSE | undefined {
    return this.#online.wait(request, up);
  }

  /** `[resource]` has changed: only the exclusion follows at once. */
  async configure({ path, exclude }: ResourceConf): Promise<void> {
    if (path !== undefined) await readRFile(path);
    await this.#exclude(exclude === undefined ? new IdSet() : this.#newExclusion(exclude));
  }

  // ---- inside

  async #findR(): Promise<KnownR | undefined> {
    const { path } = this.#settings;
    if (path !== undefined) return fromConfiguration(this.#m, path);
    return (await fromKvs(this.#kvs)) ?? (await fromEnclosingInstance(this.#m, this.#size));
  }

  async #verify(): Promise<void> {
    const { known } = this.inventory;
    if (!known || this.#settings.noverify) return;
    const reason = reasonToDrain(this.#m, known, this.local);
    if (reason === undefined) return;
    const timestamp = wallSeconds();
    this.#drained.drain(IdSet.of(0), timestamp, reason);
    await this.#eventlog.post('drain', { idset: '0', reason }, timestamp);
  }

  /** R is known, or another: stores it, and lets the scheduler have it. */
  async #define(known: KnownR): Promise<void> {
    this.inventory.set(known);
    await this.#kvs.put('resource.R', known.text);
    await this.#eventlog.post('resource-define', { method: known.method });
    this.#acquisition.define();
  }

  #reduced(known: KnownR, xml: XmlMap): void {
    this.#setXml(xml);
    if (!this.inventory.known) this.#define(known).catch((e) => this.#m.stop(e));
  }

  #setXml(xml: XmlMap): void {
    this.#xml = xml;
    this.#m.log.debug(`xml ${xml.ranks.count} ranks in ${xml.objects} objects`);
    for (const request of this.#waitingForXml) request.respond({ xml: xml.toArray(this.#size) });
    this.#waitingForXml.clear();
  }

  /** Whether the instance starts its work with all its ranks. */
  async #wholeQuorum(): Promise<boolean> {
    try {
      return IdSet.parse(await this.#m.flux.getattr('broker.quorum')).count === this.#size;
    } catch (e) {
      if (e instanceof FluxError && e.code === 'ENOENT') return true;
      throw e;
    }
  }

  #onlineChanged(change: { online: IdSet; offline: IdSet }): void {
    for (const [name, ranks] of Object.entries(change)) {
      if (ranks.isEmpty) continue;
      this.#eventlog.post(name, { idset: ranks.encode() }).catch((e) => this.#m.log.err(`${name} event: ${e.message}`));
    }
  }

  async #initialExclusion(targets: string): Promise<IdSet> {
    let ranks: IdSet;
    try {
      ranks = await this.#ranksOf(targets);
    } catch (e) {
      const { message } = e as FluxError;
      throw new FluxError('EINVAL', `error decoding exclude set ${targets}: ${targets}: ${message}: Invalid argument`, { cause: e });
    }
    if (ranks.isEmpty || ranks.last()! >= this.#size) throw new FluxError('EINVAL', `exclude set ${targets} is out of range`);
    if (!this.inventory.known)
      throw new FluxError('ENOENT', `exclude set ${targets}: the resources are not known yet; resource.path can name them`);
    return ranks;
  }

  #newExclusion(targets: string): IdSet {
    const ranks = ranksOfTargets(targets, this.inventory.require().rlist);
    if (ranks.isEmpty || ranks.last()! >= this.#size) throw new FluxError('EINVAL', 'exclusion idset is out of range');
    return ranks;
  }

  /** At a first start R may not be known yet: then the hosts are those of the instance, to say what is wrong. @throws FluxError EINVAL */
  async #ranksOf(targets: string): Promise<IdSet> {
    const { known } = this.inventory;
    if (known) return ranksOfTargets(targets, known.rlist);
    return parseTargets(targets, Hostlist.parse((await attribute(this.#m, 'hostlist')) ?? ''));
  }

  async #exclude(ranks: IdSet): Promise<void> {
    const [added, removed] = [ranks.difference(this.#excluded), this.#excluded.difference(ranks)];
    this.#excluded = ranks;
    await Promise.all([
      added.isEmpty ? undefined : this.#eventlog.post('exclude', { idset: added.encode() }),
      removed.isEmpty ? undefined : this.#eventlog.post('unexclude', { idset: removed.encode() }),
    ]);
  }
}
