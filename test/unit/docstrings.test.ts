import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '../../..');
const core = 'broker client formats handle message plugin pmi router shell subprocess sys terminus testing transport';
const rooms = [...core.split(' ').map((room) => `core/${room}`), 'cli/args', 'cli/front', 'cli/render', 'jobtap'];

// Code is formatted, so a declaration of a module begins a line. Re-exports (`export {`, `export type {`, `export *`) and defaults are none.
const EXPORTED =
  /^export (?:declare )?(?:abstract )?(?:async )?(?:function\*?|class|interface|type|const enum|enum|const|let|namespace) ?([\w$]+|\{(?=.*\} =)|\[)/;

/** Exported declarations of a source that have no docstring right above them, as `LINE: NAME`. Overloads share that of the first. */
function undocumented(source: string): string[] {
  const lines = source.split('\n');
  const documented = new Set<string>();
  return lines.flatMap((line, i) => {
    const name = EXPORTED.exec(line)?.[1];
    if (name === undefined || documented.has(name)) return [];
    let above = i - 1;
    while (lines[above]?.startsWith('// biome-ignore')) above--;
    if (!lines[above]?.endsWith('*/')) return [`${i + 1}: ${name}`];
    documented.add(name);
    return [];
  });
}

function sources(folder: string): string[] {
  const entries = fs.readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' });
  return entries.filter((file) => file.endsWith('.ts') && !file.endsWith('.d.ts')).map((file) => path.join(folder, file));
}

test.each(rooms)('each exported declaration of %s has a docstring', (room) => {
  const files = sources(room);
  expect(files).not.toEqual([]);
  const missing = files.flatMap((file) => undocumented(fs.readFileSync(path.join(root, file), 'utf8')).map((where) => `${file}:${where}`));
  expect(missing).toEqual([]);
});

test('a declaration without a docstring is found, of whatever kind; re-exports and defaults are none', () => {
  const source = [
    '/** One. */',
    'export const one = 1;',
    'export const two = 2;',
    '',
    'export async function three(): Promise<void> {}',
    'export abstract class Four {}',
    'export interface Five {}',
    'export type Six = 6;',
    '/** Seven. */',
    'export function seven(of: string): string;',
    'export function seven(of: number): number;',
    "export type { Eight } from './eight';",
    "export { nine } from './nine';",
    "export * from './ten';",
    'export default eleven;',
  ].join('\n');
  expect(undocumented(source)).toEqual(['3: two', '5: three', '6: Four', '7: Five', '8: Six']);
});
