import { method } from './method';
import { service } from './service';

/** The broker's configuration (docs/protocol/broker.md §11, flux-config(1)). */
export const brokerConfig = service('config', {
  /** Reads the configuration again and hands it to every module of this broker. Fails with what the files or the modules fail with. */
  reload: method({ role: 'owner', errors: { EBUSY: 'reload in progress', EINVAL: 'a file is no TOML, or a module refuses it' } }),
});
