#!/usr/bin/env node
// Builds the two trees that everything runs from:
//
//   build/   every TypeScript file, one to one, as CommonJS with source maps: what the tests run
//   dist/    the installation: the broker, one bundle per command, one bundle per plugin (with `flux` external), data files, and, made by a
//            process beside it, the type declarations of the package (build-types.mjs)
//
// Usage: node scripts/build.mjs [--dist-only | --tree-only] [--quiet]
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { buildDist } from './build-dist.mjs';
import { buildTree, root } from './build-tree.mjs';

const has = (flag) => process.argv.includes(flag);
const started = Date.now();
const types = has('--tree-only')
  ? undefined
  : once(spawn(process.execPath, [path.join(root, 'scripts/build-types.mjs')], { stdio: 'inherit' }), 'exit');
if (!has('--dist-only')) await buildTree();
if (!has('--tree-only')) await buildDist();
const [status = 0] = (await types) ?? [];
if (!has('--quiet')) process.stderr.write(`flux: built in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
if (status !== 0) process.exit(1);
