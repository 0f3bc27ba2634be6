import path from 'node:path';

/** Where the parts of an installation lie (`dist/`, and the folder above it that holds the `flux` launcher). */
export interface Install {
  readonly dist: string;
  /** Folder of the `flux` program. */
  readonly bin: string;
  /** Folder of the `flux-NAME` programs. */
  readonly libexec: string;
}

/** The installation whose built folder is `dist`. */
export function installAt(dist: string): Install {
  return { dist, bin: path.dirname(dist), libexec: path.join(dist, 'libexec') };
}

/** Names the system for clients whose environment has no FLUX_URI. */
export const COMPATIBLE_VERSION = '0.32.0';
