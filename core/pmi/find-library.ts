import fs from 'node:fs';
import path from 'node:path';
import { errorText, FluxError } from '../sys/errors';
import { SharedLibrary } from '../sys/shared-library';

type Env = Readonly<Record<string, string | undefined>>;

/** A launcher's library, and Slurm's where only what runs programs is installed, not what builds them. */
const names = ['libpmi.so', 'libpmi.so.0'] as const;

/** Libraries with this symbol are Flux's own: they speak to the descriptor PMI_FD, which a client without a library does as well. */
const OWN = 'flux_pmi_library';

/** Where a PMI library may be, in the order of their precedence: LD_LIBRARY_PATH, ldconfig's cache, what else the dynamic linker knows. */
export function libraryPlaces(env: Env): string[] {
  const folders = (env['LD_LIBRARY_PATH'] ?? '').split(/[:;]/).filter(Boolean);
  const here = folders.flatMap((folder) => names.map((name) => path.resolve(folder, name))).filter((file) => fs.existsSync(file));
  return [...here, ...cached(), ...names];
}

/**
 * Opens the PMI library of a launcher: that of PMI_LIBRARY, else the first one at those places that is a PMI-1 library and none of Flux's own. Undefined
 * if there is none. Throws ELIBACC for a PMI_LIBRARY that is no such library.
 */
export function findPmiLibrary(env: Env, places: (env: Env) => string[] = libraryPlaces): SharedLibrary | undefined {
  const named = env['PMI_LIBRARY'];
  const chosen = named ? foreign(openNamed(named)) : undefined;
  if (chosen) return chosen;
  for (const place of places(env)) {
    const library = openQuietly(place);
    if (library && foreign(library)) return library;
  }
  return undefined;
}

function openNamed(file: string): SharedLibrary {
  try {
    const library = SharedLibrary.open(file);
    if (!library.has('PMI_Init')) throw new FluxError('ELIBACC', 'no PMI library: it does not export PMI_Init');
    return library;
  } catch (e) {
    throw new FluxError('ELIBACC', `PMI_LIBRARY=${file}: ${errorText(e)}`, { cause: e });
  }
}

/** Opens a library; undefined for one that can't be loaded (another machine's, not there): it is passed over, as by the dynamic linker. */
function openQuietly(file: string): SharedLibrary | undefined {
  try {
    return SharedLibrary.open(file);
  } catch {
    return undefined;
  }
}

/** The library, if it is a launcher's; else it is unloaded, so that its name stands for another one. */
function foreign(library: SharedLibrary): SharedLibrary | undefined {
  if (library.has('PMI_Init') && !library.has(OWN)) return library;
  library.unload();
  return undefined;
}

/** Paths in ldconfig's cache, which holds them as strings that end with NUL. */
function cached(): string[] {
  const cache = readCache();
  if (!cache.includes('/libpmi.so')) return [];
  return cache
    .toString('latin1')
    .split('\0')
    .filter((file) => file.startsWith('/') && names.some((name) => path.basename(file) === name));
}

function readCache(): Buffer {
  try {
    return fs.readFileSync('/etc/ld.so.cache');
  } catch {
    return Buffer.alloc(0); // a system that has none, or lets nobody read it
  }
}
