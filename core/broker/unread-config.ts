import type { JsonObject } from '../formats/json';
import { isJsonObject } from '../formats/json-values';
import { nearest } from '../schema/nearest';

/** Keys that are read, table by table; null: with everything below. */
type Known = Map<string, Known | null>;

/** Keys that the broker itself reads (flux-config-bootstrap(5)). */
const ownKeys = ['enable_ipv6', 'curve_cert', 'default_port', 'default_bind', 'default_connect', 'hosts'].map((key) => `bootstrap.${key}`);

/**
 * Tables and keys of a configuration that nobody reads, as lines for the log, with the nearest name of what is read. `reads`: paths such as
 * `exec.job-shell`, each with everything below it.
 */
export function unreadConfig(config: JsonObject, reads: Iterable<string>): string[] {
  const known: Known = new Map();
  for (const path of [...ownKeys, ...reads]) add(known, path.split('.'));
  return [...unread(config, known, [])];
}

function add(known: Known, [key = '', ...below]: readonly string[]): void {
  const there = known.get(key);
  if (there === null) return;
  if (below.length === 0) known.set(key, null);
  else if (there) add(there, below);
  else {
    const table: Known = new Map();
    known.set(key, table);
    add(table, below);
  }
}

function* unread(table: JsonObject, known: Known, path: readonly string[]): Generator<string> {
  for (const [key, value] of Object.entries(table)) {
    const there = known.get(key);
    const here = [...path, key];
    if (there && isJsonObject(value)) yield* unread(value, there, here);
    if (there !== undefined) continue;
    const meant = nearest(key, known.keys());
    yield `config: nothing reads ${shown(here, value)}${meant === undefined ? '' : `; did you mean ${meant}?`}`;
  }
}

/** As it stands in the file: `[table]`, or `table.key`. */
const shown = (path: readonly string[], value: unknown): string => (isJsonObject(value) ? `[${path.join('.')}]` : path.join('.'));
