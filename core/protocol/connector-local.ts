import { builtin } from './module';
import { service } from './service';

/** Takes clients on a UNIX socket (docs/protocol/wire.md §4). */
export const connectorLocal = service('connector-local', {
  /** Changes the debug flags: 1 refuses the next client, 4 takes the next of the owner's for a guest. */
  debug: builtin.debug,
});
