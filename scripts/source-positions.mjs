// Stacks of what runs from build/, with the positions of the sources.
import fs from 'node:fs';
import { SourceMap } from 'node:module';
import path from 'node:path';
import { root } from './build-tree.mjs';

const POSITION = new RegExp(`(?:file://)?(${root.replace(/[.*+?^$(){}|[\]\\]/g, '\\$&')}/build/[^\\s():]+\\.js):(\\d+):(\\d+)`, 'g');

/** The text, with each FILE.js:LINE:COLUMN of build/ as that of its source, if a source map tells it. */
export function withSourcePositions(text) {
  const maps = new Map();
  return text.replace(POSITION, (position, file, line, column) => {
    if (!maps.has(file)) maps.set(file, mapOf(file));
    // Lines and columns of a stack begin at 1, those of a map at 0.
    const { originalSource, originalLine, originalColumn } = maps.get(file)?.findEntry(line - 1, column - 1) ?? {};
    if (originalSource === undefined) return position;
    return `${path.resolve(path.dirname(file), originalSource)}:${originalLine + 1}:${originalColumn + 1}`;
  });
}

function mapOf(file) {
  const map = `${file}.map`;
  return fs.existsSync(map) ? new SourceMap(JSON.parse(fs.readFileSync(map, 'utf8'))) : undefined;
}
