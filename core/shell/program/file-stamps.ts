import fs from 'node:fs';
import { sha1 } from '../initrc/stock';

/** What tells, without reading it, whether a file is still the same; undefined if it can't be seen. */
export function fileStamp(file: string): string | undefined {
  const stat = fs.statSync(file, { throwIfNoEntry: false, bigint: true });
  return stat && `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}:${stat.ctimeNs}`;
}

/** SHA-1 digests of files that are asked for again and again: read anew only where they have changed. */
export class DigestCache {
  readonly #known = new Map<string, { stamp: string; digest: string }>();

  of(file: string): string {
    const stamp = fileStamp(file);
    const known = this.#known.get(file);
    if (known && known.stamp === stamp) return known.digest;
    const digest = sha1(file);
    if (stamp !== undefined) this.#known.set(file, { stamp, digest });
    return digest;
  }
}
