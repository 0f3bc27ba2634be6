import { Content, content as contentService, type Flux, FluxError, type ModuleContext } from 'flux';
import { loadCheckpoint, putCheckpoint } from '../checkpoint';
import { attribute, type Durability, readDurability } from '../durability';
import { Journal } from '../journal/journal';
import { recoverRoot } from '../journal/recovery';
import { segmentNumbers } from '../journal/segment-file';
import type { Root } from '../namespace';
import type { ObjectCache } from '../object-cache';
import { Directory } from '../tree/directory';
import { BlobWriter } from './blob-writer';
import { Checkpoints } from './checkpoints';
import { Leader, PRIMARY } from './leader';
import { buildTree } from './tree-builder';

export interface LeaderParts {
  cache: ObjectCache;
  content: Content;
  merge: boolean;
  owner: number;
}

export interface StartedLeader {
  leader: Leader;
  writer: BlobWriter;
  /** Brings everything into the backing store, when no transactions come any more. */
  end(): Promise<void>;
}

/** Rank 0's part of the KVS, with the primary namespace as it was left (docs/protocol/kvs.md §7.3), and as durable as content.durability says. */
export async function startLeader(m: ModuleContext, { cache, content, merge, owner }: LeaderParts): Promise<StartedLeader> {
  const { flux, log } = m;
  const empty = await storeEmptyDirectory(content, cache);
  const blobSizeLimit = Number(await flux.getattr('content.blob-size-limit'));
  const writer = new BlobWriter({
    cache,
    content,
    blobSizeLimit,
    onFailure: (e) => log.err(`${contentService.store.topic}: ${e.message}`),
  });
  cache.atHand = (ref) => writer.directory(ref);
  const { backed, rootref: checkpoint = empty } = await loadCheckpoint(flux, log);
  const place = backed ? await attribute(flux, 'content.backing-path') : undefined;
  const durability = await effectiveDurability(flux, place);

  const recovers = place !== undefined && segmentNumbers(place).length > 0;
  // The content service asks this module for what nobody else has: it would wait for itself.
  cache.source = new Content(flux, { bypassCache: true });
  const root: Root = recovers
    ? await recoverRoot({
        store: place,
        checkpoint,
        log,
        apply: async (rootref, { ops, blobs }) => {
          writer.addBlobs(blobs);
          const tree = await buildTree(rootref, ops, { cache, namespace: PRIMARY });
          writer.add(tree);
          writer.trim([tree.rootref]);
          await writer.room();
          return tree.rootref;
        },
      })
    : { rootref: checkpoint, rootseq: 0 };
  cache.source = content;
  const journal =
    place !== undefined && (recovers || durability !== 'none')
      ? new Journal(place, durability === 'power' ? 'power' : 'process', root)
      : undefined;

  const leader: Leader = new Leader({
    cache,
    writer,
    log,
    merge,
    flux,
    onCommit: () => checkpoints.committed(),
  });
  leader.add(PRIMARY, owner, root);
  const checkpoints = new Checkpoints({
    writer,
    journal,
    head: () => leader.head(PRIMARY),
    roots: () => leader.heads(),
    put: async (rootref) => {
      if (durability === 'none') await content.flush(); // else what was stored is in the backing store
      await putCheckpoint(flux, rootref);
    },
    after: (ms, fn) => m.after(ms, fn),
    log,
  });
  if (journal) leader.logTo({ journal, room: () => checkpoints.room() });
  if (recovers) checkpoints.committed();
  const end = async () => {
    await leader.drain();
    await checkpoints.end();
  };
  return { leader, writer, end };
}

/** What the backing store keeps; none without one. */
async function effectiveDurability(flux: Flux, place: string | undefined): Promise<Durability> {
  const durability = await readDurability(flux);
  return place === undefined ? 'none' : durability;
}

/** Puts the empty directory, where every namespace begins, into the content store; its reference. EPROTO: the store goes by another hash. */
async function storeEmptyDirectory(content: Content, { hash }: ObjectCache): Promise<string> {
  const empty = Directory.empty.blobref(hash);
  const stored = await content.store(Directory.empty.encode());
  if (stored !== empty) throw new FluxError('EPROTO', `content store is of another hash: ${stored}`);
  return empty;
}
