import { decodeEventlog, FluxError, IdSet, isJsonObject, type JsonObject } from 'flux';
import { jsonNumber } from 'flux/internal';
import { DrainTable } from './drain-table';

/** Drain state that an eventlog leaves: from its last resource-init on. @throws FluxError EINVAL */
export function replayDrainState(eventlog: string | undefined, size: number): DrainTable {
  const table = new DrainTable();
  if (eventlog === undefined) return table;
  try {
    const entries = decodeEventlog(eventlog);
    const start = entries.findLastIndex(({ name }) => name === 'resource-init');
    for (const { name, timestamp, context = {} } of entries.slice(Math.max(start, 0))) {
      if (name === 'resource-init') init(table, context['drain']);
      else if (name === 'drain') table.drain(ranksIn(context), timestamp, String(context['reason'] ?? ''));
      else if (name === 'undrain') table.forget(ranksIn(context));
    }
  } catch (e) {
    throw problem(e);
  }
  if ((table.ranks.last() ?? 0) >= size) throw problem();
  return table;
}

function init(table: DrainTable, drained: unknown): void {
  if (!isJsonObject(drained)) throw new FluxError('EINVAL');
  for (const [ranks, info] of Object.entries(drained)) {
    if (!isJsonObject(info)) throw new FluxError('EINVAL');
    table.drain(IdSet.parse(ranks), jsonNumber(info['timestamp']) ?? 0, String(info['reason'] ?? ''));
  }
}

function ranksIn(context: JsonObject): IdSet {
  return IdSet.parse(String(context['idset'] ?? ''));
}

function problem(cause?: unknown): FluxError {
  return new FluxError('EINVAL', 'problem replaying eventlog drain state', { cause });
}
