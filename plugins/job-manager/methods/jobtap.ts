import { FluxError, isJsonObject, type JsonObject, type Request } from 'flux';
import { unpack } from 'flux/internal';
import { drive } from '../jobtap/steps';
import type { Manager } from '../manager';

/** `jobtap`: lists, removes and loads plugins, in this order (jobtap.md §1.1). */
export async function jobtapControl({ jobtap }: Manager, request: Request): Promise<JsonObject | undefined> {
  const { query_only, load, remove, conf } = unpack(request, { query_only: 'b?', load: 's?', remove: 's?', conf: '*?' });
  if (query_only) return { plugins: jobtap.list() };
  if (remove !== undefined) jobtap.remove(remove);
  if (load === undefined) return undefined;
  if (conf !== undefined && conf !== null && !isJsonObject(conf))
    throw new FluxError('EINVAL', 'jobptap: plugin conf must be a JSON object');
  await drive(jobtap.announce(jobtap.load(load, conf ?? undefined)));
  return undefined;
}
