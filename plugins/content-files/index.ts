import { defineModule, t } from 'flux';
import { backingPath, backingServices, contentHash, runBackingStore } from '../_content-backing';
import { FileStore } from './file-store';

/** Keeps blobs and checkpoints as files of one folder on rank 0 (docs/protocol/content.md §4.2; flux-broker-attributes(7) content.backing-path). */
export default defineModule({
  name: 'content-files',
  api: 1,
  reads: [],
  ...backingServices,
  args: t.object({
    /** Serve requests, but don't register with the content service: for tests. */
    testing: t.boolean({ default: false }),
  }),
  async main(m) {
    const open = async () => FileStore.open(await backingPath(m, 'content.files'), await contentHash(m));
    return runBackingStore(m, { durability: 'none', alone: m.options.testing, open });
  },
});
