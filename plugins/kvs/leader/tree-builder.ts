import type { Treeobj } from 'flux';
import { isTreeobj } from 'flux/internal';
import type { ObjectCache } from '../object-cache';
import { decodeOperation } from '../tree/operation';
import { type SealedTree, WorkingTree } from '../tree/working-tree';

/** The tree that operations make of a root. Nothing is stored, and nothing changed if it rejects. */
export async function buildTree(
  rootref: string,
  ops: readonly unknown[],
  { cache, namespace }: { cache: ObjectCache; namespace: string },
): Promise<SealedTree> {
  const root = cache.directory(rootref);
  const tree = new WorkingTree(root instanceof Promise ? await root : root, {
    hash: cache.hash,
    namespace,
    directory: (ref) => cache.directory(ref),
  });
  for (const op of ops) await tree.apply(decodeOperation(op));
  return tree.seal();
}

/** The blobs that operations put into the tree by reference. */
export function referencesIn(ops: readonly unknown[]): string[] {
  const refs: string[] = [];
  for (const op of ops) {
    const dirent = (op as { dirent?: unknown } | null)?.dirent;
    if (isTreeobj(dirent) && dirent.type !== 'val') for (const ref of referencesOf(dirent)) refs.push(ref);
  }
  return refs;
}

/** The blobs that a tree object refers to. */
export function referencesOf(object: Treeobj): readonly string[] {
  if (object.type === 'valref' || object.type === 'dirref') return object.data;
  return object.type === 'dir' ? Object.values(object.data).flatMap(referencesOf) : [];
}
