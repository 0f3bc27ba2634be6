#!/usr/bin/env node
import { buildDist } from './build-dist.mjs';
// Builds the two trees that everything runs from:
//
//   build/   every TypeScript file, one to one, as CommonJS with source maps: what the tests run
//   dist/    the installation: the broker, one bundle per command, one bundle per plugin (with `flux` external), data files
//
// Usage: node scripts/build.mjs [--dist-only | --tree-only] [--quiet]
import { buildTree } from './build-tree.mjs';

const has = (flag) => process.argv.includes(flag);
const started = Date.now();
if (!has('--dist-only')) await buildTree();
if (!has('--tree-only')) await buildDist();
if (!has('--quiet')) process.stderr.write(`flux: built in ${((Date.now() - started) / 1000).toFixed(1)} s\n`);
