import { FluxError, type Handlers, isJsonObject, type jobManager } from 'flux';
import { drive } from '../jobtap/steps';
import type { Manager } from '../manager';

/** Lists, removes and loads plugins, in this order (docs/protocol/jobtap.md §1.1). */
export function plugins({ jobtap }: Manager): Pick<Handlers<typeof jobManager>, 'jobtap'> {
  return {
    jobtap: async ({ query_only, load, remove, conf }) => {
      if (query_only) return { plugins: jobtap.list() };
      if (remove !== undefined) jobtap.remove(remove);
      if (load === undefined) return undefined;
      if (conf !== undefined && conf !== null && !isJsonObject(conf))
        throw new FluxError('EINVAL', 'jobptap: plugin conf must be a JSON object');
      await drive(jobtap.announce(jobtap.load(load, conf ?? undefined)));
      return undefined;
    },
  };
}
