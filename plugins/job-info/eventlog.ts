import { type DecodedEntry, decodeEntry, type Flux, Kvs } from 'flux';

/** Whole lines of a log, each with its newline. */
export function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n/g) ?? [];
}

/**
 * The lines of a log that is in the KVS, and those that are appended to it, until the signal is aborted. Errors are the KVS's: ENOENT no such
 * key, ENOTSUP the namespace does not exist or was removed.
 */
export async function* watchLines(flux: Flux, namespace: string, key: string, signal: AbortSignal): AsyncGenerator<string, void, void> {
  const watch = new Kvs(flux, { namespace }).watch(key, { append: true });
  const stop = () => watch.cancel(); // ENODATA follows, which ends the loop
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    for await (const { text } of watch) yield* linesOf(text);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** What a main eventlog says about where a job's guest data are. */
export function phaseOf(entries: Iterable<DecodedEntry>): 'waiting' | 'running' | 'released' {
  let phase: 'waiting' | 'running' | 'released' = 'waiting';
  for (const entry of entries) {
    if (entry.name === 'start') phase = 'running';
    else if (isFinalRelease(entry)) phase = 'released';
  }
  return phase;
}

export function isFinalRelease({ name, context }: DecodedEntry): boolean {
  return name === 'release' && context?.['final'] === true;
}

/** Name of an entry, by its line. */
export const nameOf = (line: string) => decodeEntry(line).name;
