import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '../../..');

/** What a face of the package exports (core/index.ts, core/internal.ts): its names, types too, by the comment that heads their section. */
export function sectionsOf(face: string): Map<string, string[]> {
  const text = fs.readFileSync(path.join(root, face), 'utf8');
  const [, ...sections] = text.split(/\n\n\/\/ (?=.*\n\n)/);
  return new Map(
    sections.map((section) => {
      const [title, ...rest] = section.split('\n');
      return [title!, exportedNames(rest.join('\n'))];
    }),
  );
}

/** All names of a face. */
export const namesOf = (face: string): string[] => [...sectionsOf(face).values()].flat();

function exportedNames(text: string): string[] {
  const lists = [...text.matchAll(/^export (?:type )?\{([^}]*)\} from '[^']+';$/gm)];
  const others = text.replace(/^export (?:type )?\{[^}]*\} from '[^']+';$/gm, '').trim();
  if (others !== '') throw new Error(`a face is lists of names alone: ${others}`);
  return lists.flatMap(([, list]) => list!.split(',').flatMap((one) => one.trim().match(/\w+$/)?.[0] ?? []));
}
