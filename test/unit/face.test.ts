import fs from 'node:fs';
import path from 'node:path';
import { sectionsOf } from '../support/faces';

const api = fs.readFileSync(path.resolve(__dirname, '../../../docs/api.md'), 'utf8');

/** The names in the first column of a section's tables, by the section's heading. */
function documented(): Map<string, string[]> {
  const [text] = api.split('\n# The plugin interface, by its C functions\n') as [string];
  const sections = text.split(/^## /m).slice(1);
  return new Map(
    sections.map((section) => {
      const [title, ...lines] = section.split('\n');
      const firsts = lines.flatMap((line) => /^\| (`[^|]*`) \|/.exec(line)?.[1] ?? []);
      return [title!, firsts.flatMap((first) => [...first.matchAll(/`(\w+)`/g)].map(([, name]) => name!))];
    }),
  );
}

test('docs/api.md has the sections of the package flux, and in each every name that it exports, and no other', () => {
  const sorted = (sections: Map<string, string[]>) => [...sections].map(([title, names]) => [title, [...names].sort()]);
  expect(sectionsOf('core/index.ts').size).toBeGreaterThan(5);
  expect(sorted(documented())).toEqual(sorted(sectionsOf('core/index.ts')));
});
