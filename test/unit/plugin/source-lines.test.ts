import fs from 'node:fs';
import path from 'node:path';
import { decodeMappings, transformSync } from '../../../core/plugin/compiler';
import { keepLines } from '../../../core/plugin/source-lines';

const root = path.resolve(__dirname, '../../../..');

function compiled(source: string): { code: string; kept: string } {
  const options = { loader: 'ts', format: 'cjs', minifyWhitespace: true, sourcemap: 'external', sourcefile: 'x' } as const;
  const { code, map } = transformSync(source, options);
  return { code, kept: keepLines(code.trimEnd(), decodeMappings((JSON.parse(map) as { mappings: string }).mappings)) };
}

/** Line of a word in a text, from 1. */
const lineOf = (text: string, word: string) => text.slice(0, text.indexOf(word)).split('\n').length;

test.each([
  ['statements', 'let a = 1;\n\n\nmark(a);'],
  ['what types stood before', 'interface A {\n  b: string;\n}\ntype C = A;\nmark();'],
  ['an import that stands behind it', 'mark();\n\n\n\n\nimport x from "x";\nx();'],
  ['a call in a chain', 'a\n  .b()\n  .mark()\n  .c();'],
  ['a statement behind an if', 'if (a)\n  mark();\nelse\n  other();'],
  ['text of several lines', `const t = \`one\ntwo \${\n  a\n} three\n\`; mark();`],
  ['a method of a decorated class', '@d\nclass A {\n  @e m() {}\n\n  n() {\n    mark();\n  }\n}'],
])('%s: each piece is on the line of the source', (_, source) => {
  expect(lineOf(compiled(source).kept, 'mark(')).toBe(lineOf(source, 'mark('));
});

test.each([
  'function f() { return (\n a +\n b ); }',
  'function f() { throw (\n a ); }',
  'function* f() { yield (\n a ); }',
  'let f = async (\n a, b) => (\n a)',
  'const o = { async m(\n) {} }; class A { async *\n g() {} get\n x() { return 1; } static\n y = 2 }',
  'a\n++\nb; c++\n; d = (\n e\n)--\n;',
  'l: for (;;) { if (a) continue l; else break\n l }',
])('%j means what it meant', (source) => {
  const { code, kept } = compiled(source);
  const plain = (text: string) => transformSync(text, { minifyWhitespace: true }).code;
  expect(plain(kept)).toBe(plain(code));
});

test('so does all that is shipped', () => {
  for (const room of ['jobtap', 'shell-plugins', 'examples']) {
    for (const name of fs.readdirSync(path.join(root, room)).filter((file) => file.endsWith('.ts'))) {
      const { code, kept } = compiled(fs.readFileSync(path.join(root, room, name), 'utf8'));
      expect(transformSync(kept, { minifyWhitespace: true }).code).toBe(code);
    }
  }
});
