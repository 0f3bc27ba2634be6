import fs from 'node:fs';
import { sha1 } from '../initrc/stock';

/** A text that is another one when the file has changed, made without reading it; undefined if the file isn't there. */
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
