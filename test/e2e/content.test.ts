import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawnProcess } from '../../core/sys/spawn';
import { shellExitCode } from '../../core/sys/waitstatus';

const root = path.resolve(__dirname, '../../..');

let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-e2e-'));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

/** Runs a line of shell, in which `flux` is this tree's. */
async function shell(line: string): Promise<{ status: number; stdout: string; stderr: string }> {
  const env = { PATH: `${root}:${process.env['PATH']}`, HOME: folder, TMPDIR: folder, LANG: 'C.UTF-8', SHELL: '/bin/bash' };
  const child = spawnProcess({ argv: ['/bin/bash', '-c', line], env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  const read = async (stream: NodeJS.ReadableStream | null) => {
    const chunks: Buffer[] = [];
    for await (const chunk of stream!) chunks.push(chunk as Buffer);
    return Buffer.concat(chunks).toString();
  };
  const [stdout, stderr, { status }] = await Promise.all([read(child.stdout), read(child.stderr), child.exited]);
  return { status: shellExitCode(status), stdout, stderr };
}

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
  expect(second).toEqual({ status: 0, stdout: `1\nkept\n${module}\n`, stderr: '' });
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
