import { type ContentDurability, defineModule, FluxError, toFluxError } from 'flux';
import { backingPath, contentHash, runBackingStore, wantedDurability } from '../_content-backing';
import { ContentDatabase } from './database';
import { SqliteStore } from './sqlite-store';

/**
 * Keeps blobs and checkpoints in an SQLite database on rank 0 (contract: content.md, 4.1; flux-broker-attributes(7) content.backing-path), in a thread, so
 * that a disk that is busy stalls nobody but those who wait for it.
 */
export default defineModule({
  name: 'content-sqlite',
  api: 1,
  thread: true,
  async main(m) {
    if (m.args.length > 0) throw new FluxError('EINVAL', `unknown option: ${m.args[0]}`);
    const durability = (await wantedDurability(m)) ?? 'process';
    const open = async () => {
      const database = openDatabase(await backingPath(m, 'content.sqlite'), durability);
      return new SqliteStore(database, await contentHash(m), (ref) => m.log.err(`load: unexpected foreign blobref: ${ref}`));
    };
    await runBackingStore(m, { durability, open });
  },
});

function openDatabase(file: string, durability: ContentDurability): ContentDatabase {
  try {
    return new ContentDatabase(file, { durability });
  } catch (e) {
    const { code, message } = toFluxError(e);
    throw new FluxError(code, `opening ${file}: ${message}`, { cause: e });
  }
}
