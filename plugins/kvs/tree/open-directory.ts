import { FluxError, type Treeobj } from 'flux';
import { Directory } from './directory';

/** Where stored directories come from. */
export interface StoredDirectories {
  /** At once if it is at hand. ENOTRECOVERABLE: the blob is no directory; else what the load fails with. */
  directory(ref: string): Directory | Promise<Directory>;
}

/** The directory that an entry is, or refers to. ENOTRECOVERABLE: it does neither. */
export function openDirectory(entry: Treeobj, stored: StoredDirectories): Directory | Promise<Directory> {
  if (entry.type === 'dir') return Directory.of(entry);
  if (entry.type !== 'dirref' || entry.data.length !== 1) throw new FluxError('ENOTRECOVERABLE');
  return stored.directory(entry.data[0]!);
}
