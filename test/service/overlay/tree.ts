import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { curveKeyPair } from 'zeromq';
import { bootstrapConfig } from '../../../core/broker/bootstrap/config';
import { Broker } from '../../../core/broker/broker';
import { BrokerLife } from '../../../core/broker/life';
import type { ZmqOverlay } from '../../../core/broker/overlay-zmq';
import type { StateName } from '../../../core/broker/state-machine';
import { statusName } from '../../../core/broker/subtree-health';
import { writeCertificate } from '../../../core/formats/certificate';
import type { Flux } from '../../../core/handle';
import { library } from '../../../core/library';
import { signals } from '../../../core/sys/signals';
import { type RunningBroker, startBroker } from '../broker/run-broker';

export interface TreeOptions {
  size: number;
  /** Attribute tbon.heartbeat-timeout, in seconds. */
  heartbeat?: number;
  /** Attribute tbon.parent-timeout, in seconds. */
  parent?: number;
}

/** A broker in the test's process, with its life. */
export interface LocalBroker {
  broker: Broker;
  life: BrokerLife;
  overlay: ZmqOverlay;
  flux: Flux;
  stderr: string[];
  ended: Promise<number>;
  parentChanges: Set<() => void>;
}

/**
 * A tree of brokers over real sockets, bootstrapped from a configuration: some in the test's process, some as programs of their own, to be killed and
 * stopped. Rank N believes to be on host `hN`.
 */
export class Tree {
  readonly dir = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-overlay-'));
  readonly local = new Map<number, LocalBroker>();
  readonly #programs = new Set<RunningBroker>();
  readonly #options: TreeOptions;

  constructor(options: TreeOptions) {
    this.#options = options;
    this.writeCertificate('cert');
    fs.mkdirSync(this.#conf('cert'));
    fs.writeFileSync(path.join(this.#conf('cert'), 'bootstrap.toml'), this.#toml('cert'));
  }

  writeCertificate(name: string): void {
    writeCertificate(path.join(this.dir, name), { ...curveKeyPair(), name }, { hostname: 'h', userid: 0, time: new Date() });
  }

  /** A broker in this process; it is on its way when this resolves. */
  async start(rank: number): Promise<LocalBroker> {
    const { size, heartbeat = 30, parent } = this.#options;
    const userid = process.getuid!();
    const rundir = fs.mkdtempSync(path.join(this.dir, 'rundir-'));
    const { overlay } = await bootstrapConfig(
      { bootstrap: this.#table('cert') },
      {
        env: { FLUX_FAKE_HOSTNAME: `h${rank}` },
        rundir,
        userid,
        fanout: 2,
        preferTcp: false,
        hostname: '',
        trace() {},
        warn() {},
        timeouts: { heartbeat: heartbeat * 1000, parent: parent === undefined ? undefined : parent * 1000 },
      },
    );
    const stderr: string[] = [];
    const say = (line: string) => void stderr.push(line);
    const attributes = { 'broker.rc1_path': '', 'broker.rc3_path': '', 'broker.rc2_none': null, 'local-uri': `local://${rundir}/local` };
    const broker = new Broker({ rank, size, userid, env: {}, searchPath: '', library, overlay, attributes, stderr: say });
    const none = { path: '', script: [] };
    const life = new BrokerLife(broker, { program: [], scripts: { rc1: none, rc3: none }, step() {}, complain: say });
    const ended = life.run();
    const parentChanges = new Set<() => void>();
    const { onParent } = broker;
    broker.onParent = (change) => {
      onParent(change);
      for (const listener of [...parentChanges]) listener();
    };
    const local = { broker, life, overlay: overlay!, flux: broker.openHandle(), stderr, ended, parentChanges };
    this.local.set(rank, local);
    return local;
  }

  /** A broker as a program, from the same configuration, or with another certificate. */
  spawn(rank: number, certificate = 'cert'): RunningBroker {
    const { heartbeat = 30, parent } = this.#options;
    if (!fs.existsSync(this.#conf(certificate))) {
      fs.mkdirSync(this.#conf(certificate));
      fs.writeFileSync(path.join(this.#conf(certificate), 'bootstrap.toml'), this.#toml(certificate));
    }
    const attributes = [`tbon.heartbeat-timeout=${heartbeat}s`, `tbon.parent-timeout=${parent === undefined ? 'none' : `${parent}s`}`];
    const program = startBroker(
      ['-c', this.#conf(certificate), '-Sbroker.rc2_none', '-Sbroker.quorum=', ...attributes.map((attribute) => `-S${attribute}`)],
      { FLUX_FAKE_HOSTNAME: `h${rank}`, TMPDIR: this.dir },
    );
    this.#programs.add(program);
    void program.ended.then(() => this.#programs.delete(program));
    return program;
  }

  async stop(): Promise<void> {
    const programs = [...this.#programs];
    for (const program of programs) program.kill(signals.SIGKILL);
    for (const { flux, life } of this.local.values()) {
      flux.close();
      life.signal(signals.SIGTERM);
    }
    await Promise.all(programs.map(({ ended }) => ended));
    await Promise.all([...this.local.values()].map(({ ended }) => ended));
    fs.rmSync(this.dir, { recursive: true, force: true });
  }

  /** Resolves once the broker is in this state. */
  state(rank: number, wanted: StateName): Promise<void> {
    const { states } = this.local.get(rank)!.broker;
    return until(
      () => states.state === wanted,
      (check) => states.onChange(check),
    );
  }

  /** Resolves once the subtree of a broker has this status. */
  status(rank: number, wanted: string): Promise<void> {
    const { health } = this.local.get(rank)!.overlay;
    return until(
      () => statusName(health.own.status) === wanted,
      (check) => health.onChange(check),
    );
  }

  /** Resolves once a broker that has joined before has its parent (again). */
  connected(rank: number): Promise<void> {
    return this.#parent(rank, true);
  }

  /** Resolves once a broker has lost its parent. */
  lost(rank: number): Promise<void> {
    return this.#parent(rank, false);
  }

  #parent(rank: number, online: boolean): Promise<void> {
    const { overlay, parentChanges } = this.local.get(rank)!;
    return until(
      () => (overlay.parentUuid !== undefined) === online,
      (check) => {
        parentChanges.add(check);
        return () => parentChanges.delete(check);
      },
    );
  }

  #conf(certificate: string): string {
    return path.join(this.dir, `conf-${certificate}`);
  }

  #table(certificate: string) {
    const uri = `ipc://${this.dir}/%h`;
    const { size } = this.#options;
    return { curve_cert: path.join(this.dir, certificate), default_bind: uri, default_connect: uri, hosts: [{ host: `h[0-${size - 1}]` }] };
  }

  #toml(certificate: string): string {
    const { hosts, ...keys } = this.#table(certificate);
    const lines = Object.entries(keys).map(([key, value]) => `${key} = ${JSON.stringify(value)}`);
    return `[bootstrap]\n${lines.join('\n')}\nhosts = [{ host = "${hosts[0]!.host}" }]\n`;
  }
}

/** Resolves once the condition holds; it is looked at now and at each call of what `listen` gets. */
export function until(condition: () => boolean, listen: (check: () => void) => () => void): Promise<void> {
  return new Promise((resolve) => {
    if (condition()) {
      resolve();
      return;
    }
    const off = listen(() => {
      if (!condition()) return;
      off();
      resolve();
    });
  });
}
