import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { Broker } from './broker/broker';
import { inProcessOverlays } from './broker/inprocess-overlay';
import type { Flux } from './handle';
import * as library from './index';
import { defineModule, type ModuleDefinition } from './plugin';
import type { JsonObject } from './plugin/types-common';

export interface TestInstanceOptions {
  /** Number of brokers; default 1. */
  size?: number;
  /** Modules to load on every rank, in order: names, paths, or definitions. */
  modules?: readonly (string | ModuleDefinition<unknown, unknown>)[];
  config?: JsonObject;
  attributes?: Record<string, string | null>;
  /** Arity of the tree; default 2. */
  fanout?: number;
  /** Folders searched for plugins before the installation's own. */
  searchPath?: string;
}

/** An instance of Flux inside this process: all its brokers, without sockets (what tests use). */
export interface TestInstance {
  /** A handle on rank 0. */
  readonly flux: Flux;
  readonly brokers: readonly Broker[];
  /** A new handle on a rank, as a client of its own. */
  open(rank?: number): Promise<Flux>;
  /** Loads a module on a rank. */
  load(rank: number, module: string | ModuleDefinition<unknown, unknown>, args?: readonly string[]): Promise<void>;
  /** Folder of rank 0 for scratch files, removed at the end. */
  readonly rundir: string;
  stop(): Promise<void>;
}

/** Starts an instance in this process. Stop it at the end of the test. */
export async function testInstance(options: TestInstanceOptions = {}): Promise<TestInstance> {
  const { size = 1, modules = [], fanout = 2 } = options;
  const rundir = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-test-'));
  const overlays = size > 1 ? inProcessOverlays(size, fanout) : [];
  const searchPath = [options.searchPath, installation].filter(Boolean).join(':');
  const brokers: Broker[] = [];
  for (let rank = 0; rank < size; rank++) {
    brokers.push(
      new Broker({
        rank,
        size,
        fanout,
        userid: process.getuid!(),
        env: { ...process.env },
        searchPath,
        library,
        overlay: overlays[rank],
        attributes: { rundir, 'conf.module_path': searchPath, ...options.attributes },
        ...(options.config ? { config: options.config } : {}),
      }),
    );
  }
  for (const broker of brokers) await broker.start();
  const instance = new InProcessInstance(brokers, rundir);
  try {
    for (const module of modules) for (let rank = 0; rank < size; rank++) await instance.load(rank, module);
  } catch (e) {
    await instance.stop();
    throw e;
  }
  return instance;
}

/** The tree this file is part of: its plugins are found there. */
const installation = path.resolve(__dirname, '..');

class InProcessInstance implements TestInstance {
  readonly flux: Flux;
  readonly #handles = new Set<Flux>();

  constructor(
    readonly brokers: readonly Broker[],
    readonly rundir: string,
  ) {
    this.flux = this.#open(0);
  }

  async open(rank = 0): Promise<Flux> {
    return this.#open(rank);
  }

  async load(rank: number, module: string | ModuleDefinition<unknown, unknown>, args: readonly string[] = []): Promise<void> {
    const { modules } = this.brokers[rank]!;
    if (typeof module === 'string') await modules.load(module, args);
    else await modules.start({ definition: defineModule(module), path: '', size: 0, digest: '', files: [] }, args);
  }

  async stop(): Promise<void> {
    for (const flux of this.#handles) flux.close();
    for (const broker of [...this.brokers].reverse()) await broker.stop();
    fs.rmSync(this.rundir, { recursive: true, force: true });
  }

  #open(rank: number): Flux {
    const flux = this.brokers[rank]!.openHandle();
    this.#handles.add(flux);
    return flux;
  }
}
