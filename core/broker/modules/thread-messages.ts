import type { ErrnoCode } from '../../sys/errors';
import type { ModuleStart } from './module-runner';
import type { Chunks } from './thread-link';

/** Settings that a module's thread is started with. */
export interface ThreadStart {
  start: ModuleStart;
  /** The plugin's file. */
  path: string;
}

/** To the thread: messages, or the order to end. */
export type ToThread = Chunks | { finish: true };

/** From the thread: messages, or news of the module. */
export type FromThread =
  | Chunks
  | { running: true }
  | { stop: true }
  | { reads: readonly string[] }
  | { failed: { code: ErrnoCode; text: string | undefined } }
  | { finished: true };
