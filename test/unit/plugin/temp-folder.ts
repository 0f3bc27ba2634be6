import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** A folder of its own for the tests of a file; `write` makes files in it. */
export class TempFolder {
  readonly path = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'flux-plugin-')));

  /** Writes files, by name relative to the folder; returns the path of the first. */
  write(files: Record<string, string>): string {
    for (const [name, text] of Object.entries(files)) {
      const file = path.join(this.path, name);
      fs.mkdirSync(path.dirname(file), { recursive: true });
      fs.writeFileSync(file, text);
    }
    return path.join(this.path, Object.keys(files)[0]!);
  }

  remove(): void {
    fs.rmSync(this.path, { recursive: true, force: true });
  }
}

/** What a call throws, or rejects with. */
export async function thrownBy(call: () => unknown): Promise<Error & { code?: string }> {
  try {
    await call();
  } catch (e) {
    return e as Error;
  }
  throw new Error('expected the call to throw');
}
