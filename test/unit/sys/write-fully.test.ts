import { spawnSync } from 'node:child_process';
import path from 'node:path';

const module_ = path.join(__dirname, '../../../core/sys/write-fully.js');

/** What a program gives on stderr that writes so much to its stdout, of which `reader` reads. */
function written(size: number, reader: string): string {
  const program = `const { writeFully } = require(${JSON.stringify(module_)}); process.stderr.write(String(writeFully(1, 'x'.repeat(${size}))))`;
  return spawnSync('sh', ['-c', `"$0" -e "$1" | ${reader}`, process.execPath, program], { encoding: 'utf8' }).stderr;
}

test('all is written, however much that is', () => {
  expect(written(1_000_000, 'test $(wc -c) = 1000000 || echo not all >&2')).toBe('true');
});

test('a reader that has gone is told of, not thrown', () => {
  expect(written(1_000_000, 'true')).toBe('false');
});
