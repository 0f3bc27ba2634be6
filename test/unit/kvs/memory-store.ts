import { type BlobHash, blobrefOf, FluxError } from '../../../core';
import { Directory } from '../../../plugins/kvs/tree/directory';
import { lookup } from '../../../plugins/kvs/tree/lookup';
import { decodeOperation } from '../../../plugins/kvs/tree/operation';
import { WorkingTree } from '../../../plugins/kvs/tree/working-tree';

/** Blobs in a Map, and a namespace on them: the tree engine without messages. Loads are asynchronous, as they are in life. */
export class MemoryStore {
  readonly blobs = new Map<string, Buffer>();
  readonly roots = new Map<string, string>();
  loads = 0;

  constructor(readonly hash: BlobHash) {}

  store(bytes: Buffer): string {
    const ref = blobrefOf(bytes, this.hash);
    this.blobs.set(ref, bytes);
    return ref;
  }

  async value(ref: string): Promise<Buffer> {
    this.loads++;
    const blob = this.blobs.get(ref);
    if (!blob) throw new FluxError('ENOENT');
    return blob;
  }

  async directory(ref: string): Promise<Directory> {
    const blob = await this.value(ref);
    try {
      return Directory.decode(blob);
    } catch (e) {
      throw new FluxError('ENOTRECOVERABLE', undefined, { cause: e });
    }
  }

  async root(namespace: string): Promise<string> {
    const root = this.roots.get(namespace);
    if (root === undefined) throw new FluxError('ENOTSUP');
    return root;
  }

  /** Runs a transaction; on failure the namespace stays as it is. */
  async commit(namespace: string, ops: readonly unknown[]): Promise<string> {
    const root = await this.directory(await this.root(namespace));
    const tree = new WorkingTree(root, { hash: this.hash, namespace, directory: (ref) => this.directory(ref) });
    for (const op of ops) await tree.apply(decodeOperation(op));
    const sealed = tree.seal();
    for (const [ref, bytes] of sealed.values) this.blobs.set(ref, bytes);
    for (const [ref, { directory }] of sealed.directories) this.blobs.set(ref, directory.encode());
    this.roots.set(namespace, sealed.rootref);
    return sealed.rootref;
  }

  async lookup(namespace: string, key: string, flags = 0) {
    return lookup({ key, flags, namespace, rootref: await this.root(namespace) }, this);
  }
}
