import { errorText, FluxError, type Log } from 'flux';
import type { Root } from '../namespace';
import { readJournal, type StoredJournal, type StoredRecord } from './segment-file';

export interface RecoveryOptions {
  /** The store that the journal stands beside: content.backing-path. */
  store: string;
  /** Root that the backing store has. */
  checkpoint: string;
  /** Applies operations to a root; the new root. Its blobs go to the content store behind. */
  apply: (rootref: string, record: Pick<StoredRecord, 'ops' | 'blobs'>) => Promise<string>;
  log: Log;
}

/**
 * The newest root of the primary namespace: that of the checkpoint, and what the journal says was committed after it. EIO: the journal is damaged, or is
 * not of this store; then nothing has changed.
 */
export async function recoverRoot({ store, checkpoint, apply, log }: RecoveryOptions): Promise<Root> {
  const { segments, dropped } = readJournal(store);
  for (const text of dropped) log.warning(text);
  if (segments.length === 0) return { rootref: checkpoint, rootseq: 0 };
  const { root, records } = startOf(segments, checkpoint, store);
  let last = root;
  for (const record of records) last = await applied(last, record, apply);
  if (records.length > 0) log.info(`replayed ${records.length} transactions from the journal, up to root ${last.rootseq}`);
  return last;
}

/** The records behind the checkpoint: behind the last place in the journal that has its root. */
function startOf(segments: StoredJournal['segments'], checkpoint: string, store: string): { root: Root; records: StoredRecord[] } {
  const all: (Root | StoredRecord)[] = segments.flatMap(({ head, records }, i) => (i === 0 ? [head, ...records] : records));
  const at = all.findLastIndex(({ rootref }) => rootref === checkpoint);
  if (at < 0) {
    throw new FluxError(
      'EIO',
      `the journal ${store}.journal.* does not belong to the checkpoint ${checkpoint} of ${store}: restore the one that does, or move the journal away to go on without what it has`,
    );
  }
  const { rootref, rootseq } = all[at]!;
  return { root: { rootref, rootseq }, records: all.slice(at + 1) as StoredRecord[] };
}

async function applied(before: Root, record: StoredRecord, apply: RecoveryOptions['apply']): Promise<Root> {
  const { file, offset, ...after } = record;
  const where = `journal ${file}: the transaction at offset ${offset}`;
  let rootref: string;
  try {
    rootref = await apply(before.rootref, record);
  } catch (e) {
    throw new FluxError('EIO', `${where} cannot be repeated: ${errorText(e)}`, { cause: e });
  }
  if (rootref !== after.rootref || after.rootseq !== before.rootseq + 1) {
    throw new FluxError('EIO', `${where} leads to root ${rootref}, not to ${after.rootref} (${after.rootseq})`);
  }
  return { rootref, rootseq: after.rootseq };
}
