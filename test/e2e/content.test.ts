import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Ran, root, run } from './processes';

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-e2e-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

/** Runs a line of shell, in which `flux` is this tree's. */
const shell = (line: string): Promise<Ran> =>
  run(['/bin/bash', '-c', line], { cwd: folder, env: { PATH: `${root}:${process.env['PATH']}`, TMPDIR: folder } });

test.each([
  ['content-sqlite', 'file'],
  ['content-files', 'dir'],
])('with %s as content.backing-module, what one instance stored the next one has', async (module, kind) => {
  const start = `flux start -s2 -o,-Scontent.backing-module=${module},-Scontent.backing-path=${folder}/store`;
  const first = await shell(`${start} "flux kvs put a=1 && echo kept | flux exec -r1 flux content store"`);
  expect(first).toMatchObject({ status: 0, stderr: '' });
  const ref = first.stdout.trim();
  const stat = fs.statSync(path.join(folder, 'store'));
  expect(kind === 'dir' ? stat.isDirectory() : stat.isFile()).toBe(true);
  expect(fs.readdirSync(folder)).toEqual(['store']);
  const second = await shell(`${start} "flux kvs get a && flux content load ${ref} && flux getattr content.backing-module"`);
  expect(second).toMatchObject({ status: 0, stdout: `1\nkept\n${module}\n`, stderr: '' });
});

test('a store for which the disk has no room fails, and those that fit go on', async () => {
  const inside = [
    'echo before | flux content store',
    'head -c 8000000 /dev/urandom | flux content store || echo $?',
    'echo after | flux content store',
    'flux content dropcache',
    'for text in before after; do flux content load $(echo $text | flux content store -b); done',
  ].join('; ');
  // a limit on the size of files: four megabytes
  const { stdout, stderr } = await shell(`ulimit -f 4096; flux start -o,-Scontent.backing-path=${folder}/store '${inside}'`);
  expect(stdout.split('\n').filter((line) => !line.startsWith('sha1-'))).toEqual(['1', 'before', 'after', '']);
  expect(stderr).toContain('flux-content: flux_content_store_get: Input/output error\n');
});
