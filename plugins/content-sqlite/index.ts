import { defineModule, FluxError, t, toFluxError } from 'flux';
import { backingPath, backingServices, contentHash, runBackingStore, wantedDurability } from '../_content-backing';
import type { SqliteStore } from './sqlite-store';

/**
 * Keeps blobs and checkpoints in an SQLite database on rank 0 (docs/protocol/content.md §4.1; flux-broker-attributes(7) content.backing-path), in a
 * thread, so that a disk that is busy stalls nobody but those who wait for it.
 */
export default defineModule({
  name: 'content-sqlite',
  api: 1,
  reads: [],
  thread: true,
  ...backingServices,
  args: t.object({}),
  async main(m) {
    const durability = (await wantedDurability(m)) ?? 'process';
    const open = async (): Promise<SqliteStore> => {
      // only in this module's thread: the broker's own, which reads the definition, needs neither SQLite nor LZ4
      const { ContentDatabase } = await import('./database.js');
      const { SqliteStore } = await import('./sqlite-store.js');
      const file = await backingPath(m, 'content.sqlite');
      const database = opened(file, () => new ContentDatabase(file, { durability }));
      return new SqliteStore(database, await contentHash(m), (ref) => m.log.err(`load: unexpected foreign blobref: ${ref}`));
    };
    return runBackingStore(m, { durability, open });
  },
});

function opened<T>(file: string, open: () => T): T {
  try {
    return open();
  } catch (e) {
    const { code, message } = toFluxError(e);
    throw new FluxError(code, `opening ${file}: ${message}`, { cause: e });
  }
}
