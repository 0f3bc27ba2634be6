import { type Flux, FluxError } from 'flux';
import { type ContentSettings, isBlobHash } from 'flux/internal';

/** Reads the attributes of the content service (docs/protocol/content.md §3), which the broker has checked. */
export async function readSettings(flux: Flux): Promise<ContentSettings> {
  const hash = await flux.getattr('content.hash');
  if (!isBlobHash(hash)) throw new FluxError('EINVAL', `${hash}: unknown hash type`);
  const number = async (name: string) => Number(await flux.getattr(`content.${name}`));
  const [blobSizeLimit, flushBatchLimit, purgeTargetSize, purgeOldEntry] = await Promise.all([
    number('blob-size-limit'),
    number('flush-batch-limit'),
    number('purge-target-size'),
    number('purge-old-entry'),
  ]);
  return { hash, blobSizeLimit, flushBatchLimit, purgeTargetSize, purgeOldEntry };
}
