// What changes in folders, and in those below them.
import fs from 'node:fs';
import path from 'node:path';

/**
 * Calls `changed(path)` for each file that is written, made, moved or removed in `folders`, and for each folder that is gone, until close(). Folders
 * are watched, not files: an editor that saves puts another file in the place of the first.
 */
export class FolderWatch {
  #watchers = new Map();
  #changed;

  constructor(folders, changed) {
    this.#changed = changed;
    for (const folder of folders) this.#watch(folder, false);
  }

  close() {
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  /** `isNew`: its files are new, too; nobody was told of those that were there before it was watched. */
  #watch(folder, isNew) {
    if (this.#watchers.has(folder)) return;
    const watcher = fs.watch(folder, (_event, name) => {
      // That a folder is gone is told by the one above it.
      if (name !== null && fs.existsSync(folder)) this.#look(path.join(folder, name));
    });
    watcher.on('error', () => this.#forget(folder));
    this.#watchers.set(folder, watcher);
    for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
      const full = path.join(folder, entry.name);
      if (entry.isDirectory()) this.#watch(full, isNew);
      else if (isNew) this.#changed(full);
    }
  }

  #look(full) {
    try {
      if (fs.statSync(full, { throwIfNoEntry: false })?.isDirectory()) return this.#watch(full, true);
    } catch (error) {
      if (error.code !== 'ENOENT') throw error; // a folder that was there for a moment
    }
    this.#forget(full);
    this.#changed(full);
  }

  /** A folder that is gone, and those that were below it. */
  #forget(folder) {
    for (const [each, watcher] of this.#watchers) {
      if (each !== folder && !each.startsWith(`${folder}/`)) continue;
      watcher.close();
      this.#watchers.delete(each);
    }
  }
}
