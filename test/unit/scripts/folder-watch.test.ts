import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

interface Watch {
  close(): void;
}
const script = path.resolve(__dirname, '../../../../scripts/folder-watch.mjs');
let FolderWatch: new (folders: readonly string[], changed: (file: string) => void) => Watch;
beforeAll(async () => {
  ({ FolderWatch } = await import(script));
});

let folder: string;
let watch: Watch | undefined;
let told: Set<string>;
let heard: () => void;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-watch-'));
  fs.mkdirSync(path.join(folder, 'a/b'), { recursive: true });
  fs.writeFileSync(path.join(folder, 'a/b/old.ts'), '');
  told = new Set();
  heard = () => {};
  watch = new FolderWatch([folder], (file) => {
    told.add(path.relative(folder, file));
    heard();
  });
});
afterEach(() => {
  watch?.close();
  fs.rmSync(folder, { recursive: true, force: true });
});

/** Resolves when these have been told; nothing else may have been. */
async function tells(...files: string[]): Promise<void> {
  while (!files.every((file) => told.has(file))) await new Promise<void>((resolve) => (heard = resolve));
  expect([...told].sort()).toEqual([...files].sort());
  told.clear();
}

const at = (file: string) => path.join(folder, file);

test('a file that is written is told, however deep it lies', async () => {
  fs.appendFileSync(at('a/b/old.ts'), 'x');
  await tells('a/b/old.ts');
});

test('a file that an editor puts in the place of another is told, each time', async () => {
  for (let i = 0; i < 2; i++) {
    fs.writeFileSync(at('a/b/.old.swp'), String(i));
    fs.renameSync(at('a/b/.old.swp'), at('a/b/old.ts'));
    await tells('a/b/.old.swp', 'a/b/old.ts');
  }
});

test('a new folder is watched, with the files that it came with', async () => {
  const outside = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-watch-'));
  fs.mkdirSync(path.join(outside, 'new/deep'), { recursive: true });
  fs.writeFileSync(path.join(outside, 'new/deep/one.ts'), '');
  fs.renameSync(path.join(outside, 'new'), at('a/new'));
  fs.rmdirSync(outside);
  await tells('a/new/deep/one.ts');
  fs.writeFileSync(at('a/new/deep/two.ts'), '');
  await tells('a/new/deep/two.ts');
});

test('a file, and a folder with all in it, that are gone are told', async () => {
  fs.rmSync(at('a/b/old.ts'));
  await tells('a/b/old.ts');
  fs.renameSync(at('a/b'), at('c'));
  await tells('a/b');
  fs.writeFileSync(at('c/in-its-new-place.ts'), '');
  await tells('c/in-its-new-place.ts');
});

test('nothing is told after close', async () => {
  watch!.close();
  const other = new FolderWatch([folder], (file) => file.endsWith('last.ts') && heard());
  const last = new Promise<void>((resolve) => (heard = resolve));
  fs.writeFileSync(at('a/first.ts'), '');
  fs.writeFileSync(at('a/last.ts'), '');
  await last;
  other.close();
  expect([...told]).toEqual([]);
});
