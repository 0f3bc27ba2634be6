import path from 'node:path';
import { type BlobHash, blobrefOf, defineModule, type Flux, FluxError, isBlobHash, isErrno, parseBlobref, unpack } from 'flux';
import type { ContentDatabase } from './database';

/** Keeps blobs and checkpoints in an SQLite database on rank 0 (contract: content.md, 4.1; flux-broker-attributes(7) content.backing-path). */
export default defineModule({
  name: 'content-sqlite',
  api: 1,
  services: ['content-backing', 'kvs-checkpoint'],
  thread: true,
  async main(m) {
    const { flux, log } = m;
    // only in this module's thread: the broker's own, which reads the definition, needs neither SQLite nor LZ4
    const { ContentDatabase, digestOf } = await import('./database.js');
    const hash = await contentHash(flux);
    const file = await backingPath(flux);
    const database = open(() => new ContentDatabase(file), file, log.err);
    m.defer(() => database.close());

    m.serveRaw('content-backing.load', {}, (request) => {
      const ref = request.text();
      const digest = digestOf(ref);
      if (!digest) {
        log.err(`load: unexpected foreign blobref: ${ref}`);
        throw new FluxError('ENOENT');
      }
      request.respond(database.load(digest));
    });
    m.serveRaw('content-backing.store', {}, (request) => {
      const ref = blobrefOf(request.bytes, hash);
      database.store(parseBlobref(ref).digest, request.bytes);
      request.respond(ref);
    });
    m.serve('kvs-checkpoint.get', {}, (_, request) => ({ value: database.getCheckpoint(unpack(request, { key: 's' }).key) }));
    m.serve('kvs-checkpoint.put', {}, (_, request) => {
      const { key, value } = unpack(request, { key: 's', value: 's' });
      if (key === '') throw new FluxError('EINVAL');
      database.putCheckpoint(key, value);
    });

    await flux.rpc('content.register-backing', { name: m.name }, { nodeid: 0 });
    m.defer(async () => void (await flux.rpc('content.unregister-backing', {}, { nodeid: 0 })));
  },
});

async function contentHash(flux: Flux): Promise<BlobHash> {
  const name = await flux.getattr('content.hash');
  if (!isBlobHash(name)) throw new FluxError('EINVAL', `${name}: unknown hash type`);
  return name;
}

/** The file of content.backing-path; if that is not set, one in rundir, which it is then set to. */
async function backingPath(flux: Flux): Promise<string> {
  try {
    return await flux.getattr('content.backing-path');
  } catch (e) {
    if (!isErrno(e, 'ENOENT')) throw e;
    const file = path.join(await flux.getattr('rundir'), 'content.sqlite');
    await flux.setattr('content.backing-path', file);
    return file;
  }
}

function open(make: () => ContentDatabase, file: string, logError: (text: string) => void): ContentDatabase {
  try {
    return make();
  } catch (e) {
    logError(`opening ${file}: ${e instanceof Error ? e.message : String(e)}`);
    throw e;
  }
}
