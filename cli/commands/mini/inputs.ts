import fs from 'node:fs';
import path from 'node:path';
import { type CommandContext, CommandError } from '../../command';
import { onFile } from '../../os-error';
import { readStdin } from '../../stdin';
import { textOf } from '../../text';

/** A list of inputs; a linked one goes along with the combinations of the others, one item each, over and over. */
interface InputList {
  items: string[];
  linked: boolean;
}

/** The free words of `flux mini bulksubmit`, taken apart. */
export interface BulkWords {
  /** The command template. */
  command: string[];
  /** The inputs of each job, in order. */
  inputs: string[][];
}

/** Takes the words apart at `:::` and its kin (docs/protocol/cli-mini-jobs.md §A8); without any, inputs come from standard input. */
export async function bulkWords(ctx: CommandContext, words: readonly string[], sep: string): Promise<BulkWords> {
  const first = words.findIndex(isDelimiter);
  const command = first < 0 ? [...words] : words.slice(0, first);
  const lists = first < 0 ? [] : await inputLists(ctx, words.slice(first), sep);
  if (lists.length === 0) lists.push({ items: splitText(await stdinText(ctx), sep), linked: false });
  return { command: command.length > 0 ? command : ['{}'], inputs: combinations(lists) };
}

const isDelimiter = (word: string) => word.startsWith(':::');

async function inputLists(ctx: CommandContext, words: readonly string[], sep: string): Promise<InputList[]> {
  const lists: InputList[] = [];
  for (const [i, delimiter] of words.entries()) {
    if (!isDelimiter(delimiter)) continue;
    const end = words.findIndex((word, at) => at > i && isDelimiter(word));
    const items = words.slice(i + 1, end < 0 ? undefined : end);
    lists.push({ items: delimiter === '::::' ? await fileItems(ctx, items, sep) : items, linked: delimiter.endsWith('+') });
  }
  return lists;
}

async function fileItems(ctx: CommandContext, [file, ...more]: readonly string[], sep: string): Promise<string[]> {
  if (more.length > 0) throw new CommandError('Multiple args not allowed after ::::');
  if (file === undefined) throw new CommandError('Missing file after ::::');
  if (file === '-') return splitText(await stdinText(ctx), sep);
  return splitText(
    textOf(
      onFile(file, () => fs.readFileSync(path.resolve(ctx.cwd, file))),
      file,
    ),
    sep,
  );
}

const stdinText = async (ctx: CommandContext) => textOf(await readStdin(ctx), 'stdin');

/** Items of a text; empty ones are dropped. */
function splitText(text: string, sep: string): string[] {
  const separator = sep.toLowerCase() === 'none' ? /\s+/ : decodeEscapes(sep);
  if (separator === '') throw new CommandError('empty separator');
  return text.replace(/\n$/, '').split(separator).filter(Boolean);
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '\\': '\\',
  "'": "'",
  '"': '"',
};

function decodeEscapes(text: string): string {
  return text.replace(/\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([0-7]{1,3})|(.))/gs, (whole, hex, unicode, octal, char) => {
    if (hex ?? unicode) return String.fromCharCode(Number.parseInt(hex ?? unicode, 16));
    if (octal) return String.fromCharCode(Number.parseInt(octal, 8));
    return escapes[char] ?? whole;
  });
}

/** The product of the lists, the last one fastest; linked lists put their items at their own places. */
function combinations(lists: readonly InputList[]): string[][] {
  let rows: string[][] = [[]];
  for (const { items, linked } of lists) {
    if (!linked) rows = rows.flatMap((row) => items.map((item) => [...row, item]));
    else rows = rows.map((row) => [...row, '']);
  }
  if (lists.every(({ linked }) => linked)) return rows.length > 0 ? linkedOnly(lists) : [];
  for (const [at, { items, linked }] of lists.entries()) {
    if (linked && items.length > 0) for (const [i, row] of rows.entries()) row[at] = items[i % items.length]!;
  }
  return rows;
}

/** Linked lists without any to be linked to go along with the first of them. */
function linkedOnly(lists: readonly InputList[]): string[][] {
  return lists[0]!.items.map((_, i) => lists.map(({ items }) => items[i % Math.max(items.length, 1)] ?? ''));
}
