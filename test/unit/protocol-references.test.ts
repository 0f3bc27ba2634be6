import fs from 'node:fs';
import path from 'node:path';
import { sourceRoot } from '../support/source-imports';

const folder = 'docs/protocol';
const rooms = ['core', 'plugins', 'jobtap', 'shell-plugins', 'cli', 'initrc', 'scripts', 'test', 'docs', 'examples', 'bench', 'flux'];
/** Recorded data, and what speaks of references itself. */
const apart = /^(test\/golden\/|docs\/protocol\/|test\/unit\/protocol-references\.test\.ts$)/;
/** What follows a page's name: ` §7.3, §8`. */
const sections = String.raw`((?:,? §(?:[A-Z]\d*|[\d.]*\d))*)`;
const reference = new RegExp(String.raw`docs/protocol/([a-z][\w-]*\.md)${sections}`, 'g');
const link = new RegExp(String.raw`\]\(([\w-]+\.md)\)${sections}`, 'g');
const isText = /\.(ts|mts|js|mjs|cjs|md|lua|json|sh|c|h|py)$/;

/** Pages by name, with the numbers of their headings (`7`, `7.3`, `A7`) and their text. */
const pages = new Map(
  fs
    .readdirSync(path.join(sourceRoot, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => {
      const text = read(`${folder}/${name}`);
      return [name, { text, headings: headingsOf(text) }];
    }),
);
const written = [...pages.keys()].filter((name) => name !== 'README.md');
const sources = [...rooms.flatMap(filesOf), ...fs.readdirSync(sourceRoot).filter((name) => name.endsWith('.md'))].filter(
  (file) => isText.test(file) && !apart.test(file),
);

test('a reference to the protocol leads to a heading', () => {
  const references = sources.flatMap((file) => referencesOf(file, read(file), reference));
  expect(references.length).toBeGreaterThan(200);
  expect(references.filter(({ page, section }) => !leads(page, section)).map(({ where }) => where)).toEqual([]);
});

test('there is one spelling of them', () => {
  const names = written.map((name) => name.replace('.md', '')).join('|');
  const otherwise = new RegExp(`contract/(?=[\\w-]+\\.md)|contract: (?=${names}|\\d)|(?<![\\w./-])(?:${names})\\.md`, 'g');
  const wrong = sources.flatMap((file) => [...read(file).matchAll(otherwise)].map((match) => place(file, match)));
  expect(wrong).toEqual([]);
});

test('the pages refer to each other, and to their own sections, where there are such', () => {
  const wrong = written.flatMap((name) => {
    const { text } = pages.get(name)!;
    const own = text.replace(link, (whole) => ' '.repeat(whole.length));
    const references = [
      ...referencesOf(name, text, link),
      ...referencesOf(name, own, /(§(?:[A-Z]\d*|[\d.]*\d))/g).map((own) => ({ ...own, page: name })),
    ];
    return references.filter(({ page, section }) => !leads(page, section)).map(({ where }) => where);
  });
  expect(wrong).toEqual([]);
});

test('the index lists every page', () => {
  const { text } = pages.get('README.md')!;
  expect(written.filter((name) => !text.includes(name))).toEqual([]);
});

interface Reference {
  where: string;
  page: string;
  /** Undefined: the whole page. */
  section: string | undefined;
}

/** `pattern` gives a page and its sections, or sections alone. */
function referencesOf(file: string, text: string, pattern: RegExp): Reference[] {
  return [...text.matchAll(pattern)].flatMap((match) => {
    const [page, list] = match.length === 3 ? [match[1]!, match[2]!] : ['', match[1]!];
    const numbers = [...list.matchAll(/§([A-Z]\d*|[\d.]*\d)/g)].map(([, section]) => section);
    return (numbers.length > 0 ? numbers : [undefined]).map((section) => ({ where: place(file, match), page, section }));
  });
}

function leads(page: string, section: string | undefined): boolean {
  const found = pages.get(page);
  return found !== undefined && (section === undefined || found.headings.has(section));
}

function headingsOf(text: string): ReadonlySet<string> {
  const outside = text.replace(/^```.*?^```$/gms, '');
  return new Set([...outside.matchAll(/^#+ ([A-Z]\d*|\d+(?:\.\d+)*)\.? /gm)].map(([, number]) => number!));
}

function place(file: string, match: RegExpExecArray): string {
  const line = match.input.slice(0, match.index).split('\n').length;
  return `${file}:${line}: ${match.input.slice(match.index, match.index + 60).split('\n')[0]}`;
}

function filesOf(room: string): string[] {
  const root = path.join(sourceRoot, room);
  if (!fs.existsSync(root) || !fs.statSync(root).isDirectory()) return [];
  return fs
    .readdirSync(root, { recursive: true, encoding: 'utf8' })
    .map((name) => `${room}/${name}`)
    .filter((name) => isText.test(name) && fs.statSync(path.join(sourceRoot, name)).isFile());
}

function read(file: string): string {
  return fs.readFileSync(path.join(sourceRoot, file), 'utf8');
}
