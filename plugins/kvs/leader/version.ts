import type { Entry } from '../tree/chunk';
import type { Directory } from '../tree/directory';

type Changes = ReadonlyMap<string, Entry | null>;

/**
 * A version of a directory. The newest is whole; one that it was made of is kept as the entries in which it differs from its successor, so that thousands of
 * versions of a large directory need little room.
 */
export class Version {
  #content: Directory | { successor: Version; changes: Changes };

  constructor(directory: Directory) {
    this.#content = directory;
  }

  /** This version was `before`, and `changes` have made it the successor. */
  become(before: Directory, changes: Changes, successor: Version): void {
    const back = new Map<string, Entry | null>();
    for (const name of changes.keys()) back.set(name, before.get(name) ?? null);
    this.#content = { successor, changes: back };
  }

  get directory(): Directory {
    const steps: Changes[] = [];
    let content = this.#content;
    while ('successor' in content) {
      steps.push(content.changes);
      content = content.successor.#content;
    }
    const merged = new Map<string, Entry | null>();
    for (const changes of steps.reverse()) for (const [name, entry] of changes) merged.set(name, entry);
    return content.with(merged);
  }
}
