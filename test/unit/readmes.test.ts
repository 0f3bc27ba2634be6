import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '../../..');

/** Folders whose README.md has a table of their files. */
const folders = ['plugins/kvs', 'plugins/job-manager', 'core/broker/overlay-zmq'];

const filesBelow = (dir: string): string[] =>
  fs.readdirSync(path.join(root, dir), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));

/** The files that a table names. Where a row has named a folder (`methods/`), the names behind it are of that folder. */
function filesOf(readme: string): string[] {
  const rows = readme.slice(readme.indexOf('## Files'), readme.indexOf('## Invariants')).split('\n');
  return rows.flatMap((row) => {
    let folder = '';
    return [...row.matchAll(/`([\w-]+\/)`|`([\w/-]+\.ts)`/g)].flatMap(([, into, file]) => {
      if (into !== undefined) folder = into;
      return file === undefined ? [] : [file.includes('/') ? file : folder + file];
    });
  });
}

test.each(folders)('%s/README.md has each file of the folder in its table, and no other', (folder) => {
  const readme = fs.readFileSync(path.join(root, folder, 'README.md'), 'utf8');
  expect(filesOf(readme).sort()).toEqual(filesBelow(folder).sort());
});

test.each(folders)('%s/README.md names tests that there are', (folder) => {
  const readme = fs.readFileSync(path.join(root, folder, 'README.md'), 'utf8');
  for (const [name] of readme.matchAll(/\btest\/[\w./-]*\w/g)) {
    const [dir, start] = [path.dirname(name), path.basename(name)];
    const there = fs.readdirSync(path.join(root, dir)).some((entry) => entry.startsWith(start));
    expect({ name, there }).toEqual({ name, there: true });
  }
});
