import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Broker } from '../broker/broker';
import { inProcessOverlays } from '../broker/inprocess-overlay';
import { BrokerLife } from '../broker/life';
import { type SubmitOptions, submitJob } from '../client/job-submit';
import { loadJobtap } from '../client/jobtap';
import { createJobspec, type JobspecOptions } from '../formats/jobspec';
import { type EncodableObject, encodeJson } from '../formats/json';
import type { Flux } from '../handle';
import { library } from '../library';
import { defineModule, type ModuleDefinition, type PlainModule, pluginFolders } from '../plugin';
import { signals } from '../sys/signals';
import { execPath, installation, shippedScript } from './installation';

/** A module to load: its name or path, or a definition made by the test. */
export type TestModule = string | ModuleDefinition<unknown, unknown>;

/** The size, services and settings of a test's instance; all may be left out. */
export interface TestInstanceOptions {
  /** Number of brokers; default 1. */
  size?: number;
  /** Modules to load on every rank, in order, after rc1 if that is run. */
  modules?: readonly TestModule[];
  /** Jobtap plugins to load, by name or path; implies rc1. */
  jobtap?: readonly string[];
  /** Run the shipped rc1 and rc3: an instance with all its services, as users get it. Without it there are the brokers' own services only. */
  rc1?: boolean;
  /** Listen for clients of other processes (uri()); default as rc1. */
  connectors?: boolean;
  /** Broker configuration. */
  config?: EncodableObject;
  attributes?: Record<string, string | null>;
  /** Environment variables of the brokers, over this process's. */
  env?: Readonly<Record<string, string | undefined>>;
  /** Takes what brokers write to stderr, a line at a time. */
  stderr?: (rank: number, line: string) => void;
  /** Arity of the tree; default 2. */
  fanout?: number;
  /** Colon-separated folders searched for plugins before the installation's own. */
  searchPath?: string;
}

/** An instance of Flux inside this process: all its brokers, without a network (what tests use). */
export interface TestInstance {
  /** A handle on rank 0. */
  readonly flux: Flux;
  readonly brokers: readonly Broker[];
  /** Folder for scratch files, removed at the end. */
  readonly rundir: string;
  /** A new handle on a rank, as a client of its own. */
  open(rank?: number): Promise<Flux>;
  /** FLUX_URI of a rank, for other processes; needs `connectors` or `rc1`. */
  uri(rank?: number): string;
  /** Loads a module on a rank. */
  load(rank: number, module: TestModule, args?: readonly string[]): Promise<void>;
  /** Submits a job, as `flux mini submit` would; needs `rc1`. Gives its id; rejects with the error and text of the instance. */
  submit(command: readonly string[], options?: Omit<JobspecOptions, 'command'> & SubmitOptions): Promise<bigint>;
  stop(): Promise<void>;
}

/** Starts an instance in this process. Stop it at the end of the test. */
export async function testInstance(options: TestInstanceOptions = {}): Promise<TestInstance> {
  const { modules = [], jobtap = [], size = 1 } = options;
  const instance = new InProcessInstance(options);
  try {
    await instance.start();
    for (const plugin of jobtap) await loadJobtap(instance.flux, { load: plugin.includes('/') ? path.resolve(plugin) : plugin });
    for (const module of modules) for (let rank = 0; rank < size; rank++) await instance.load(rank, module);
  } catch (e) {
    await instance.stop();
    throw e;
  }
  return instance;
}

class InProcessInstance implements TestInstance {
  readonly brokers: readonly Broker[];
  readonly rundir = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-test-'));
  readonly flux: Flux;
  readonly #full: boolean;
  readonly #connectors: boolean;
  readonly #handles = new Set<Flux>();
  #lives: { life: BrokerLife; ended: Promise<number> }[] = [];

  constructor(options: TestInstanceOptions) {
    const { size = 1, fanout = 2, rc1 = (options.jobtap ?? []).length > 0, connectors = rc1 } = options;
    this.#full = rc1;
    this.#connectors = connectors;
    const overlays = size > 1 ? inProcessOverlays(size, fanout) : [];
    const searchPath = [options.searchPath, installation].filter(Boolean).join(':');
    this.brokers = Array.from({ length: size }, (_, rank) => {
      const attributes = { ...this.#attributes(rank, size, searchPath), ...options.attributes };
      return new Broker({
        rank,
        size,
        fanout,
        userid: process.getuid!(),
        env: { ...process.env, ...options.env },
        searchPath,
        library,
        overlay: overlays[rank],
        attributes,
        cwd: this.rundir,
        ...(options.config ? { config: options.config } : {}),
        ...(options.stderr ? { stderr: (line) => options.stderr!(rank, line) } : {}),
      });
    });
    this.flux = this.#open(0);
  }

  async start(): Promise<void> {
    if (this.#full) await this.#live();
    else for (const broker of this.brokers) await broker.start();
    if (this.#connectors && !this.#full) for (const { modules } of this.brokers) await modules.load('connector-local');
  }

  async open(rank = 0): Promise<Flux> {
    return this.#open(rank);
  }

  uri(rank = 0): string {
    return `local://${this.#socket(rank)}`;
  }

  async load(rank: number, module: TestModule, args: readonly string[] = []): Promise<void> {
    const { modules } = this.brokers[rank]!;
    if (typeof module === 'string') await modules.load(module, args);
    else
      await modules.start(
        { definition: defineModule(module as PlainModule<unknown, unknown>), path: '', size: 0, digest: '', files: [] },
        args,
      );
  }

  submit(command: readonly string[], options: Omit<JobspecOptions, 'command'> & SubmitOptions = {}): Promise<bigint> {
    const environment = { PATH: process.env['PATH'] ?? '/usr/bin:/bin' };
    const jobspec = createJobspec({ cwd: this.rundir, environment, ...options, command });
    return submitJob(this.flux, encodeJson(jobspec), options);
  }

  async stop(): Promise<void> {
    for (const flux of this.#handles) flux.close();
    if (this.#full) {
      this.#lives[0]?.life.signal(signals.SIGTERM);
      await Promise.all(this.#lives.map(({ ended }) => ended));
    } else for (const broker of [...this.brokers].reverse()) await broker.stop();
    fs.rmSync(this.rundir, { recursive: true, force: true });
  }

  /** The brokers live as in processes of their own, until rank 0 is told to end. Resolves when all are in state run. */
  async #live(): Promise<void> {
    const scripts = { rc1: shippedScript('rc1'), rc3: shippedScript('rc3') };
    const running = this.brokers.map(
      ({ states }) =>
        new Promise<void>((resolve) => {
          states.onChange((state) => state === 'run' && resolve());
        }),
    );
    this.#lives = this.brokers.map((broker) => {
      const life = new BrokerLife(broker, { program: [], scripts, step: () => {}, complain: () => {} });
      return { life, ended: life.run() };
    });
    const failed = Promise.race(this.#lives.map(({ ended }) => ended)).then((status) => {
      throw new Error(`a broker ended with status ${status}:\n${this.brokers.flatMap(({ log }) => log.entries).join('\n')}`);
    });
    await Promise.race([Promise.all(running), failed]);
    failed.catch(() => {}); // they end when they are stopped
  }

  #open(rank: number): Flux {
    const flux = this.brokers[rank]!.openHandle();
    this.#handles.add(flux);
    return flux;
  }

  #socket(rank: number): string {
    return path.join(this.rundir, `local-${rank}`);
  }

  #attributes(rank: number, size: number, searchPath: string): Record<string, string | null> {
    const place = {
      rundir: this.rundir,
      'conf.module_path': searchPath,
      ...(this.#connectors ? { 'local-uri': this.uri(rank) } : {}),
    };
    if (!this.#full) return place;
    return {
      ...place,
      'broker.rc1_path': shippedScript('rc1').path,
      'broker.rc2_none': null,
      'broker.rc3_path': shippedScript('rc3').path,
      'broker.quorum': size === 1 ? '0' : `0-${size - 1}`,
      'conf.exec_path': execPath(this.rundir),
      'conf.shell_initrc': path.join(installation, 'initrc/initrc.lua'),
      'conf.shell_pluginpath': pluginFolders('shell', searchPath).join(':'),
      hostlist: Array.from({ length: size }, () => os.hostname()).join(','),
      'instance-level': '0',
    };
  }
}
