import fs from 'node:fs';
import path from 'node:path';

/** The folder that holds core/, plugins/ and so on; the sources, also where what is built runs. */
export const sourceRoot = path.resolve(__dirname, '../../..');

/** The folders whose files import each other. */
const rooms = ['core', 'plugins', 'jobtap', 'shell-plugins', 'cli', 'examples'];

export interface SourceImport {
  /** The file that imports, relative to sourceRoot. */
  file: string;
  /** What it imports: a path relative to sourceRoot, without ending, or the name of a package. */
  wanted: string;
  /** What stands between `import` and `from`. */
  what: string;
}

/** Every `import`, `export … from`, `import()` and `require()` of our sources, those of types included. */
export function sourceImports(): SourceImport[] {
  return rooms
    .filter((room) => fs.existsSync(path.join(sourceRoot, room)))
    .flatMap(sourcesBelow)
    .flatMap(importsOf);
}

/** The TypeScript files below a folder of sourceRoot. */
export function sourcesBelow(dir: string): string[] {
  const entries = fs.readdirSync(path.join(sourceRoot, dir), { withFileTypes: true });
  return entries.flatMap((e) =>
    e.isDirectory() ? sourcesBelow(path.join(dir, e.name)) : e.name.endsWith('.ts') ? [path.join(dir, e.name)] : [],
  );
}

function importsOf(file: string): SourceImport[] {
  const text = fs.readFileSync(path.join(sourceRoot, file), 'utf8');
  const words = text.matchAll(/^\s*(?:import|export)\s([^;]*?)from\s+'([^']+)'|\bimport\('([^']+)'\)|\brequire\('([^']+)'\)/gm);
  return [...words].map((m) => {
    const word = (m[2] ?? m[3] ?? m[4])!;
    return { file, what: m[1] ?? '', wanted: word.startsWith('.') ? path.join(path.dirname(file), word) : word };
  });
}

/**
 * Groups of files that import each other, directly or through others, each sorted: Tarjan's strongly connected components of more than one
 * file, and files that import themselves.
 */
export function importCircles(imports: readonly Omit<SourceImport, 'what'>[]): string[][] {
  const files = new Set(imports.map(({ file }) => file));
  const next = new Map<string, string[]>();
  for (const { file, wanted } of imports) {
    const to = [`${wanted}.ts`, path.join(wanted, 'index.ts'), wanted].find((name) => files.has(name));
    if (to !== undefined) next.set(file, [...(next.get(file) ?? []), to]);
  }
  const circles: string[][] = [];
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const open: string[] = [];
  const visit = (file: string): void => {
    order.set(file, order.size);
    lowest.set(file, order.get(file)!);
    open.push(file);
    for (const to of next.get(file) ?? []) {
      if (!order.has(to)) visit(to);
      if (open.includes(to)) lowest.set(file, Math.min(lowest.get(file)!, lowest.get(to)!));
    }
    if (lowest.get(file) !== order.get(file)) return;
    const group = open.splice(open.indexOf(file));
    if (group.length > 1 || next.get(file)?.includes(file)) circles.push(group.sort());
  };
  for (const file of files) if (!order.has(file)) visit(file);
  return circles;
}
