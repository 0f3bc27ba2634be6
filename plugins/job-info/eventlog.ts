import { type DecodedEntry, decodeEntry, type Flux } from 'flux';

const WATCH = 4;
const WATCH_APPEND = 256;

/** Whole lines of a log, each with its newline. */
export function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n/g) ?? [];
}

/**
 * The lines of a log that is in the KVS, and those that are appended to it, until the signal is aborted. Errors are the KVS's: ENOENT no such
 * key, ENOTSUP the namespace does not exist or was removed.
 */
export async function* watchLines(flux: Flux, namespace: string, key: string, signal: AbortSignal): AsyncGenerator<string, void, void> {
  const stream = flux.stream<{ val: { data: string } }>('kvs-watch.lookup', { key, namespace, flags: WATCH | WATCH_APPEND });
  const stop = () => stream.cancel(); // ENODATA follows, which ends the loop
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  let ended = false;
  try {
    for await (const { val } of stream) for (const line of linesOf(Buffer.from(val.data, 'base64').toString('utf8'))) yield line;
    ended = true;
  } catch (e) {
    ended = true;
    throw e;
  } finally {
    signal.removeEventListener('abort', stop);
    if (!ended) stop(); // whoever read it has left
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
