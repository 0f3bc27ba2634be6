import fs from 'node:fs';
import path from 'node:path';
import { fnmatch } from './fnmatch';

/** Whether a word has one of the characters that make it a glob. */
export function isGlob(pattern: string): boolean {
  return /[*?[]/.test(pattern);
}

/** Whether an entry of a folder matches a pattern's part, given without a slash. */
type EntryMatch = (pattern: string, entry: string) => boolean;

/** Folders that the start of a pattern refers to. */
export interface GlobOptions {
  /** Path that a leading `~` stands for; without it `~` is a name like any other. */
  home?: string | undefined;
  /** The folder that relative patterns start from; default the process's. Results stay relative. */
  cwd?: string | undefined;
}

/**
 * Paths that match a pattern, sorted, as glob(3) has it: `*` and `?` match neither `/` nor a leading `.`, folders that can't be read match
 * nothing. A pattern without `*?[` gives itself if it exists.
 */
export function glob(pattern: string, options: GlobOptions = {}): string[] {
  return expand(expandTilde(pattern, options.home), options.cwd ?? '.');
}

/** As glob, with the caller's idea of a match for the last part of the path; that one is asked even where it is no glob. */
export function globEntries(pattern: string, matches: EntryMatch, options: GlobOptions = {}): string[] {
  const full = expandTilde(pattern, options.home);
  return expandLast(full, options.cwd ?? '.', (entry) => matches(path.basename(full), entry));
}

function expandTilde(pattern: string, home: string | undefined): string {
  return home !== undefined && (pattern === '~' || pattern.startsWith('~/')) ? home + pattern.slice(1) : pattern;
}

function expand(pattern: string, cwd: string): string[] {
  if (!isGlob(pattern)) return fs.existsSync(path.resolve(cwd, pattern)) ? [pattern] : [];
  const last = path.basename(pattern);
  return expandLast(pattern, cwd, (entry) => !(entry.startsWith('.') && !last.startsWith('.')) && fnmatch(last, entry));
}

/** Matches the last part of a pattern in each folder that the parts before it give. */
function expandLast(pattern: string, cwd: string, matches: (entry: string) => boolean): string[] {
  const dirs = expand(path.dirname(pattern), cwd);
  return dirs.flatMap((dir) => entriesOf(path.resolve(cwd, dir), matches).map((entry) => join(dir, entry, pattern)));
}

function entriesOf(dir: string, wanted: (entry: string) => boolean): string[] {
  try {
    return fs.readdirSync(dir).filter(wanted).sort();
  } catch {
    return []; // glob(3): what can't be read matches nothing
  }
}

/** Keeps a leading `./`, since a plugin's default name is its path as globbed. */
function join(dir: string, entry: string, pattern: string): string {
  if (dir === '.' && !pattern.startsWith('./')) return entry;
  return dir.endsWith('/') ? dir + entry : `${dir}/${entry}`;
}
