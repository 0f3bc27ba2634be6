import { type ContentSettings, type Flux, FluxError, isBlobHash, isErrno } from 'flux';

/** Attributes of the content service and their defaults (contract: content.md, 3). */
const attributes: Readonly<Record<keyof ContentSettings, readonly [name: string, fallback: string]>> = {
  hash: ['content.hash', 'sha1'],
  blobSizeLimit: ['content.blob-size-limit', '1073741824'],
  flushBatchLimit: ['content.flush-batch-limit', '256'],
  purgeTargetSize: ['content.purge-target-size', '16777216'],
  purgeOldEntry: ['content.purge-old-entry', '10'],
};

const MAX_UINT32 = 4294967295;

/** Reads the settings; attributes that nobody has set get their defaults. EINVAL: one is malformed. */
export async function readSettings(flux: Flux): Promise<ContentSettings> {
  const hash = await readAttribute(flux, ...attributes.hash);
  if (!isBlobHash(hash)) throw new FluxError('EINVAL', `${hash}: unknown hash type`);
  const number = async (key: keyof ContentSettings) => toUint32(await readAttribute(flux, ...attributes[key]));
  return {
    hash,
    blobSizeLimit: await number('blobSizeLimit'),
    flushBatchLimit: await number('flushBatchLimit'),
    purgeTargetSize: await number('purgeTargetSize'),
    purgeOldEntry: await number('purgeOldEntry'),
  };
}

async function readAttribute(flux: Flux, name: string, fallback: string): Promise<string> {
  try {
    return await flux.getattr(name);
  } catch (e) {
    if (!isErrno(e, 'ENOENT')) throw e;
    await flux.setattr(name, fallback);
    return fallback;
  }
}

function toUint32(text: string): number {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= MAX_UINT32)) throw new FluxError('EINVAL', 'content_cache_create: Invalid argument');
  return value;
}
