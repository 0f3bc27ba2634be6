#!/usr/bin/env node
// Type declarations of the package, for authors of plugins and of programs: dist/core.d.ts, in which everything is declared once, and for each
// face (index, internal, testing) the list of its names.
//
// tsc writes a declaration file for each source, api-extractor makes one of them. It takes seconds, so nothing is done where tsc has written the
// same as last time.
//
// Usage: node scripts/build-types.mjs
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { root, walk } from './build-tree.mjs';

const dist = path.join(root, 'dist');
const emitted = path.join(root, '.cache/types');
const faces = ['index', 'internal', 'testing'];

/** The files that this makes in dist/. */
export const typeFiles = ['core.d.ts', ...faces.map((face) => `${face}.d.ts`)];

export async function buildTypes() {
  emitDeclarations();
  const mark = `// ${digestOf(emitted)}\n`;
  const done = typeFiles.every((name) => fs.existsSync(path.join(dist, name)) && readFile(path.join(dist, name)).startsWith(mark));
  if (done) return;
  // Authors have the types of Node from their own folder, or else from here.
  write('core.d.ts', `${mark}/// <reference types="node" />\n${await rolledUp()}`);
  for (const face of faces) write(`${face}.d.ts`, `${mark}export { ${namesOf(face).join(', ')} } from './core.js';\n`);
}

function emitDeclarations() {
  fs.rmSync(emitted, { recursive: true, force: true });
  fs.mkdirSync(emitted, { recursive: true });
  const config = path.join(emitted, 'tsconfig.json');
  const compilerOptions = { noEmit: false, noCheck: true, declaration: true, emitDeclarationOnly: true, rootDir: root, outDir: emitted };
  const files = faces.map((face) => path.join(root, 'core', `${face}.ts`));
  fs.writeFileSync(config, JSON.stringify({ extends: path.join(root, 'tsconfig.json'), compilerOptions, files, include: [] }));
  execFileSync(process.execPath, [path.join(root, 'node_modules/typescript/bin/tsc'), '-p', config], { stdio: ['ignore', 2, 2] });
}

async function rolledUp() {
  const { Extractor, ExtractorConfig, ExtractorLogLevel } = await import('@microsoft/api-extractor');
  const entry = path.join(emitted, 'core/package.d.ts');
  const out = path.join(emitted, 'core.d.ts');
  fs.writeFileSync(entry, faces.map((face) => `export * from './${face}';\n`).join(''));
  const { compilerOptions } = JSON.parse(readFile(path.join(root, 'tsconfig.json')));
  const config = ExtractorConfig.prepare({
    configObject: {
      projectFolder: emitted,
      newlineKind: 'lf',
      mainEntryPointFilePath: entry,
      compiler: { overrideTsconfig: { compilerOptions: { ...compilerOptions, types: ['node'], paths: {} }, files: [entry] } },
      apiReport: { enabled: false, reportFileName: 'none' },
      docModel: { enabled: false },
      tsdocMetadata: { enabled: false },
      dtsRollup: { enabled: true, untrimmedFilePath: out },
      messages: {
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
        extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
    configObjectFullPath: undefined,
    packageJsonFullPath: path.join(root, 'package.json'),
  });
  const problems = [];
  const messageCallback = (message) => {
    if (message.logLevel === ExtractorLogLevel.Error) problems.push(message.formatMessageWithLocation(root));
    message.handled = true;
  };
  const { succeeded } = Extractor.invoke(config, { localBuild: true, messageCallback });
  if (!succeeded) throw new Error(`the declarations of core/ can't be made one: ${problems.join('\n')}`);
  return readFile(out);
}

/** The names that a face exports: it is nothing but lists of them. */
function namesOf(face) {
  const list = /^export (type )?\{([^}]*)\} from '[^']+';\n/gm;
  const text = readFile(path.join(emitted, 'core', `${face}.d.ts`)).replace(/^\/\/.*\n/gm, '');
  const rest = text.replace(list, '').trim();
  if (rest !== '') throw new Error(`core/${face}.ts is more than lists of names: ${rest}`);
  return [...text.matchAll(list)].flatMap(([, , names]) => names.match(/\w+(?=\s*(?:,|$))/g));
}

function digestOf(dir) {
  const hash = createHash('sha1').update(readFile(fileURLToPath(import.meta.url)));
  for (const file of [...walk(dir)].filter((name) => name.endsWith('.d.ts')).sort())
    hash.update(`${path.relative(dir, file)}\n${readFile(file)}`);
  return hash.digest('hex');
}

function write(name, text) {
  fs.mkdirSync(dist, { recursive: true });
  fs.writeFileSync(path.join(dist, name), text);
}

function readFile(file) {
  return fs.readFileSync(file, 'utf8');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildTypes();
