import type { ErrnoName } from '../../sys/errors';
import type { ModuleStart } from './module-runner';

/** What a module's thread is started with. */
export interface ThreadStart {
  start: ModuleStart;
  /** The plugin's file. */
  path: string;
}

/** To the thread: an encoded message, or the order to end. */
export type ToThread = Uint8Array | { finish: true };

/** From the thread: an encoded message, or news of the module. */
export type FromThread =
  | Uint8Array
  | { running: true }
  | { stop: true }
  | { failed: { code: ErrnoName; text: string | undefined } }
  | { finished: true };
