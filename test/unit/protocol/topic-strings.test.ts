import fs from 'node:fs';
import path from 'node:path';
import { eventsOf, methodsOf, type Service } from '../../../core/protocol';
import { sourcesBelow } from '../../support/source-imports';

const root = path.resolve(__dirname, '../../../..');
const folder = path.join(root, 'build/core/protocol');
const rooms = ['core', 'plugins', 'jobtap', 'shell-plugins', 'cli', 'initrc'];

const isService = (value: unknown): value is Service =>
  typeof value === 'object' && value !== null && Object.getOwnPropertySymbols(value).some(({ description }) => description === 'service');
const tables = fs
  .readdirSync(folder)
  .filter((name) => name.endsWith('.js'))
  .flatMap((name) => Object.values(require(path.join(folder, name)) as object).filter(isService));
const topics = new Set(
  tables.flatMap((table) => [...methodsOf(table), ...eventsOf(table)].map(([, { topic }]) => topic)).filter((topic) => topic.includes('.')),
);

/** String literals of a source, comments left out. */
function strings(text: string): string[] {
  const code = text.replace(/\/\*[\s\S]*?\*\/|(^|[^:'"`])\/\/.*$/gm, '$1');
  return [...code.matchAll(/'([^'\n]*)'|`([^`]*)`/g)].map((m) => m[1] ?? m[2] ?? '');
}

test('the tables hold what is shipped', () => {
  expect(topics.size).toBeGreaterThan(120);
  expect(topics).toContain('kvs.namespace-create');
});

test('no topic of a shipped service is written outside core/protocol', () => {
  const found = rooms
    .flatMap(sourcesBelow)
    .filter((file) => !file.startsWith('core/protocol/'))
    .flatMap((file) => strings(fs.readFileSync(path.join(root, file), 'utf8')).map((text) => ({ file, text })))
    .filter(({ text }) => topics.has(text) || topics.has(text.replace(/\$\{.*$/s, '')));
  expect(found).toEqual([]);
});
