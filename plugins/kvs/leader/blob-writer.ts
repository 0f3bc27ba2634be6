import { blobrefOf, type Content, FluxError, toFluxError } from 'flux';
import type { TreeDirref } from 'flux/internal';
import type { ObjectCache } from '../object-cache';
import { plain } from '../tree/chunk';
import type { Directory } from '../tree/directory';
import type { SealedDirectory, SealedTree } from '../tree/working-tree';
import { referencesOf } from './tree-builder';
import { Version } from './version';

/** Directories of superseded roots that are kept, so that who has heard of these roots can look things up in them: slow watchers, above all. */
const KEPT_SUPERSEDED = 100_000;
/** So many more may come before the oldest go. */
const TRIMMED_AT_ONCE = 10_000;

export interface BlobWriterOptions {
  cache: ObjectCache;
  content: Pick<Content, 'store'>;
  /** Longest blob (content.blob-size-limit). */
  blobSizeLimit: number;
  /** A store failed. The blob stays here, and goes out again with the next save(). */
  onFailure: (error: FluxError) => void;
}

/** An object of the tree that the content store does not have yet. */
interface Unsaved {
  readonly ref: string;
  object: Buffer | Version;
  /** Unsaved directories in it that wait as it does, by name: they are to be stored before. */
  readonly waiting: ReadonlyMap<string, string>;
  storing?: Promise<void>;
}

/** Blobs, and their bytes, that may be on their way before commits have to wait. */
const MAX_IN_FLIGHT = 4096;
const MAX_BYTES_IN_FLIGHT = 64 * 1024 * 1024;

/** Bytes of unsaved objects that a transaction may carry along to its record. */
const MAX_CARRIED = 256 * 1024;

const NONE: ReadonlyMap<string, string> = new Map();

/**
 * Brings the blobs of new trees to the content store, behind the commits. Values go at once; directories wait for save(), or until somebody asks
 * for them. So of a hundred commits into a directory one version is stored.
 */
export class BlobWriter {
  readonly #options: BlobWriterOptions;
  /** In the order in which they came. */
  readonly #unsaved = new Map<string, Unsaved>();
  /** Those that were not sent yet. */
  readonly #lazy = new Set<Unsaved>();
  readonly #failed = new Set<Unsaved>();
  readonly #inFlight = new Set<Unsaved>();
  #bytesInFlight = 0;

  constructor(options: BlobWriterOptions) {
    this.#options = options;
  }

  /** True for what only this process has: it must not leave the cache. */
  has(ref: string): boolean {
    return this.#unsaved.has(ref);
  }

  /** Takes the objects of a tree into the cache and sends them on their way; how many were there already. EFBIG: one is too long. */
  add({ values, directories }: SealedTree): number {
    const { cache, blobSizeLimit } = this.#options;
    let known = 0;
    for (const blob of values.values()) if (blob.length > blobSizeLimit) throw new FluxError('EFBIG');
    for (const { directory } of directories.values()) if (directory.length > blobSizeLimit) throw new FluxError('EFBIG');
    for (const [ref, blob] of values) {
      if (cache.has(ref)) {
        known++;
        continue;
      }
      cache.addValue(ref, blob);
      this.#store(this.#remember({ ref, object: blob, waiting: NONE }));
    }
    for (const [ref, sealed] of directories) if (!this.#addDirectory(ref, sealed)) known++;
    return known;
  }

  /** False for one that is there already. */
  #addDirectory(ref: string, sealed: SealedDirectory): boolean {
    const { cache } = this.#options;
    const { directory } = sealed;
    const unsaved = this.#unsaved.get(ref);
    const known = cache.has(ref) || unsaved !== undefined;
    cache.addDirectory(ref, directory);
    if (unsaved?.object instanceof Version) unsaved.object = new Version(directory); // it is the newest again
    if (!known) {
      const waiting = this.#waitingIn(sealed);
      this.#lazy.add(this.#remember({ ref, object: new Version(directory), waiting }));
    }
    this.#supersede(ref, sealed);
    return !known;
  }

  /** The directory that another was made of is kept as what is different in it. */
  #supersede(ref: string, { base, before, changes }: SealedDirectory): void {
    const [old, successor] = [this.#unsaved.get(base), this.#unsaved.get(ref)];
    if (base === ref || !old || old.storing || !(old.object instanceof Version) || !(successor?.object instanceof Version)) return;
    old.object.become(before, changes, successor.object);
    this.#options.cache.delete(base);
  }

  /** A directory that only this process has. */
  directory(ref: string): Directory | undefined {
    const object = this.#unsaved.get(ref)?.object;
    return object instanceof Version ? object.directory : undefined;
  }

  /** Resolves when not too many blobs are on their way. */
  async room(): Promise<void> {
    while (this.#inFlight.size > MAX_IN_FLIGHT || this.#bytesInFlight > MAX_BYTES_IN_FLIGHT) {
      const [oldest] = this.#inFlight;
      await Promise.allSettled([oldest!.storing]);
    }
  }

  /** Resolves when the values of a tree are stored. What fails is forgotten: the transaction has failed with it. */
  async stored({ values }: SealedTree): Promise<void> {
    const stores = [...values.keys()].map((ref) => ({ ref, storing: this.#unsaved.get(ref)?.storing }));
    let failure: FluxError | undefined;
    for (const { ref, storing } of stores) {
      try {
        await storing;
      } catch (e) {
        failure ??= toFluxError(e);
        this.#forget(ref);
      }
    }
    if (failure) throw failure;
  }

  /** Stores the objects below a reference that waited. Resolves when these, and all that was sent before, are in the content store. */
  async save(ref: string): Promise<void> {
    for (const unsaved of this.#failed) this.#store(unsaved);
    this.#send(ref);
    await Promise.all([...this.#inFlight].map(({ storing }) => storing));
  }

  /** The bytes of an object that the content store was asked for and doesn't have; undefined: neither has this. It goes there now. */
  lend(ref: string): Buffer | undefined {
    const unsaved = this.#unsaved.get(ref);
    if (!unsaved) return undefined;
    this.#send(ref);
    return encoded(unsaved);
  }

  /** The unsaved objects in the trees below these references; undefined if they are much. */
  unsavedBelow(refs: Iterable<string>): Buffer[] | undefined {
    if (this.#failed.size > 0) return undefined; // then what is above them may be saved already
    const blobs = new Map<string, Buffer>();
    let room = MAX_CARRIED;
    const visit = (ref: string): void => {
      const unsaved = this.#unsaved.get(ref);
      if (!unsaved || blobs.has(ref) || room < 0) return;
      const { object } = unsaved;
      const directory = object instanceof Version ? object.directory : undefined;
      room -= directory?.length ?? (object as Buffer).length;
      if (room < 0) return;
      blobs.set(ref, encoded(unsaved));
      for (const [, entry] of directory?.entries() ?? []) for (const below of referencesOf(plain(entry))) visit(below);
    };
    for (const ref of refs) visit(ref);
    return room < 0 ? undefined : [...blobs.values()];
  }

  /** Stores blobs that a record of the journal has carried along. */
  addBlobs(blobs: Iterable<Buffer>): void {
    for (const blob of blobs) {
      const ref = blobrefOf(blob, this.#options.cache.hash);
      if (!this.#unsaved.has(ref)) this.#store(this.#remember({ ref, object: blob, waiting: NONE }));
    }
  }

  /** Somebody is told of a directory and may come back to it whenever he likes: it goes to the content store. */
  expose(ref: string): void {
    this.#send(ref);
  }

  /** Objects that only this process has: those on their way, and those that wait in the trees of these roots. */
  count(roots: Iterable<string>): number {
    const reached = this.#reached(roots);
    for (const { ref } of this.#inFlight) reached.add(ref);
    return reached.size;
  }

  /** Forgets the oldest directories that no root has, when there are many. */
  trim(roots: Iterable<string>): void {
    if (this.#lazy.size < KEPT_SUPERSEDED + TRIMMED_AT_ONCE) return;
    const reached = this.#reached(roots);
    const superseded = [...this.#lazy].filter(({ ref }) => !reached.has(ref));
    for (const { ref } of superseded.slice(0, -KEPT_SUPERSEDED)) this.#forget(ref);
  }

  #forget(ref: string): void {
    const unsaved = this.#unsaved.get(ref);
    if (!unsaved) return;
    this.#unsaved.delete(ref);
    this.#lazy.delete(unsaved);
    this.#failed.delete(unsaved);
    this.#options.cache.delete(ref);
  }

  #remember(unsaved: Unsaved): Unsaved {
    this.#unsaved.set(unsaved.ref, unsaved);
    return unsaved;
  }

  /** The directories that wait in a directory, from those of the one that it was made of and the changes. */
  #waitingIn({ base, changes }: SealedDirectory): ReadonlyMap<string, string> {
    const before = this.#unsaved.get(base)?.waiting ?? NONE;
    const waiting = new Map<string, string>();
    for (const [name, ref] of before) if (!changes.has(name) && this.#waits(ref)) waiting.set(name, ref);
    for (const [name, entry] of changes) {
      const ref = entry?.type === 'dirref' ? (entry as TreeDirref).data[0]! : '';
      if (this.#waits(ref)) waiting.set(name, ref);
    }
    return waiting;
  }

  #waits(ref: string): boolean {
    const unsaved = this.#unsaved.get(ref);
    return unsaved !== undefined && !unsaved.storing;
  }

  /** Sends an object that waits, what waits below it first. */
  #send(ref: string): void {
    const unsaved = this.#unsaved.get(ref);
    if (!unsaved || unsaved.storing) return;
    for (const below of unsaved.waiting.values()) this.#send(below);
    this.#store(unsaved);
  }

  #store(unsaved: Unsaved): void {
    this.#lazy.delete(unsaved);
    this.#failed.delete(unsaved);
    const storing = this.#storeBlob(unsaved);
    unsaved.storing = storing;
    storing.then(
      () => this.#unsaved.delete(unsaved.ref),
      (e) => {
        delete unsaved.storing;
        if (this.#unsaved.has(unsaved.ref)) this.#failed.add(unsaved);
        this.#options.onFailure(toFluxError(e));
      },
    );
  }

  async #storeBlob(unsaved: Unsaved): Promise<void> {
    const blob = encoded(unsaved);
    this.#inFlight.add(unsaved);
    this.#bytesInFlight += blob.length;
    try {
      const stored = await this.#options.content.store(blob);
      if (stored !== unsaved.ref) throw new FluxError('EPROTO', `blob stored as ${stored}, expected ${unsaved.ref}`);
    } finally {
      this.#inFlight.delete(unsaved);
      this.#bytesInFlight -= blob.length;
    }
  }

  #reached(roots: Iterable<string>): Set<string> {
    const reached = new Set<string>();
    const visit = (ref: string) => {
      const unsaved = this.#unsaved.get(ref);
      if (!unsaved || reached.has(ref)) return;
      reached.add(ref);
      for (const below of unsaved.waiting.values()) visit(below);
    };
    for (const root of roots) visit(root);
    return reached;
  }
}

function encoded({ object }: Unsaved): Buffer {
  return object instanceof Version ? object.directory.encode() : object;
}
