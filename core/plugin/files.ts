import fs from 'node:fs';
import path from 'node:path';

/** Whether there is a regular file (or a link to one) at a path; false for whatever can't be looked at. */
export function isFile(file: string): boolean {
  try {
    return fs.statSync(file).isFile();
  } catch {
    return false; // ENOENT, ENOTDIR, EACCES, ELOOP: no file to use
  }
}

/** The name a plugin file goes by: `/x/limits.ts` and `/x/limits/index.js` are both `limits`. */
export function pluginName(file: string): string {
  const name = path.basename(file).replace(/\.[^.]+$/, '');
  return name === 'index' ? path.basename(path.dirname(path.resolve(file))) : name;
}
