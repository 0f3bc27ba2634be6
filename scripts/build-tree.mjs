// build/: each .ts file becomes one CommonJS file with a source map; other files are copied. `require('flux')` inside the tree
// means build/core/index.js, by the self-reference in build/package.json, `require('fengari')` the changed copy in build/node_modules.

import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as esbuild from 'esbuild';
import { copyFengari } from './fengari.mjs';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
export const rooms = ['core', 'plugins', 'jobtap', 'shell-plugins', 'initrc', 'cli', 'test', 'bench', 'examples'];

export async function buildTree(out = path.join(root, 'build')) {
  const sources = [];
  const data = [];
  for (const room of rooms) for (const file of walk(path.join(root, room))) (isSource(file) ? sources : data).push(file);
  const fengari = copyFengari(root, path.join(out, 'node_modules/fengari'));
  removeStale(out, new Set([...sources, ...data].map((f) => targetOf(f, out)).concat(fengari)));
  await compile(sources, out);
  for (const file of data) copy(file, out);
  const exports = { '.': './core/index.js', './internal': './core/internal.js', './testing': './core/testing.js' };
  const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  fs.writeFileSync(path.join(out, 'package.json'), `${JSON.stringify({ name: 'flux', version, type: 'commonjs', exports })}\n`);
}

/** Brings build/ up to date with these files of the rooms, which are new, changed or gone (then also folders). @throws esbuild's error, which it has told */
export async function updateTree(files, out = path.join(root, 'build')) {
  const there = files.filter((file) => fs.existsSync(file));
  for (const file of files.filter((each) => !there.includes(each)))
    for (const ending of ['', '.map']) fs.rmSync(targetOf(file, out) + ending, { force: true, recursive: true });
  for (const file of there.filter((each) => !isSource(each))) copy(file, out);
  await compile(there.filter(isSource), out);
}

const isSource = (file) => file.endsWith('.ts') && !file.endsWith('.d.ts');

const compile = (sources, out) =>
  esbuild.build({
    entryPoints: sources,
    outdir: out,
    outbase: root,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    sourcemap: true,
    logLevel: 'warning',
  });

function copy(file, out) {
  const to = targetOf(file, out);
  fs.mkdirSync(path.dirname(to), { recursive: true });
  fs.copyFileSync(file, to);
  fs.chmodSync(to, fs.statSync(file).mode);
}

export function* walk(dir) {
  if (!fs.existsSync(dir)) return;
  for (const entry of fs.readdirSync(dir, { withFileTypes: true })) {
    const full = path.join(dir, entry.name);
    if (entry.isDirectory()) yield* walk(full);
    else if (entry.isFile()) yield full;
  }
}

const targetOf = (file, out) => path.join(out, path.relative(root, file).replace(/\.ts$/, '.js'));

// A test whose source is gone must not go on running.
function removeStale(out, wanted) {
  for (const file of walk(out)) if (!wanted.has(file.replace(/\.map$/, '')) && path.dirname(file) !== out) fs.rmSync(file);
}
