import type { Flux } from '../handle';
import type { SubprocessServer } from '../subprocess';
import type { Attributes } from './attributes';
import type { BrokerConfig } from './broker-config';
import type { EventBus } from './event-bus';
import type { Groups } from './groups';
import type { BrokerLog } from './log';
import type { ModuleHost } from './modules/host';
import type { Overlay } from './overlay';
import type { Programs } from './programs';
import type { Router } from './router';
import type { RunAt } from './runat';
import type { ServiceTable } from './service-table';
import type { StateMachine } from './state-machine';
import type { SubtreeHealth } from './subtree-health';
import type { Topology } from './topology';

/** The parts of a broker. Its resident services, its scripts and its life get the parts that they name, and don't know the broker. */
export interface BrokerParts {
  readonly rank: number;
  readonly uuid: string;
  readonly topology: Topology;
  readonly attributes: Attributes;
  readonly config: BrokerConfig;
  /** The services here, and who offers them. */
  readonly services: ServiceTable;
  readonly log: BrokerLog;
  readonly router: Router;
  readonly events: EventBus;
  readonly modules: ModuleHost;
  /** Processes that broker.rexec started here. */
  readonly subprocesses: SubprocessServer;
  /** Undefined in an instance of one broker. */
  readonly overlay: Overlay | undefined;
  /** Statuses of the tree below. */
  readonly health: SubtreeHealth;
  readonly groups: Groups;
  /** Commands of the run levels. */
  readonly runat: RunAt;
  /** How commands of the run levels are started. */
  readonly programs: Programs;
  readonly states: StateMachine;
  /** The broker's own handle: resident services are served on it. */
  readonly flux: Flux;
  /** Ends the process at once, without cleanup. */
  readonly panic: (reason: string) => void;
}

/** Some of the parts, by name. */
export type Parts<Name extends keyof BrokerParts> = Pick<BrokerParts, Name>;
