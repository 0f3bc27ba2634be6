#!/usr/bin/env node
// npm run watch: keeps build/ up to date with the sources, and runs tests after each change, until Ctrl-C.
//
// Usage: node scripts/watch.mjs [TEST…] [jest options]
//   TEST   as npm test takes it. Those run at once, and after every change; without any, those run that import what has changed, and the tests of
//          a plugin, which load it by its name.
//
// A change ends the tests that run. dist/ is built before tests that use it, those in test/e2e. Scripts and packages are not watched.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { buildTree, rooms, root, updateTree } from './build-tree.mjs';
import { FolderWatch } from './folder-watch.mjs';
import { startJest } from './jest-run.mjs';
import { relatedTests } from './related-tests.mjs';
import { builtOf, namedTests, splitArguments } from './test-names.mjs';

/** Milliseconds without another change: an editor saves in several steps, a checkout in many. */
const QUIET = 50;

const { options, names } = splitArguments(process.argv.slice(2));
const changed = new Set();
let quiet;
let busy = false;
let closed = false;
let jest;

try {
  const tests = names.length > 0 ? await namedTests(names) : [];
  await buildTree();
  const watch = new FolderWatch(
    rooms.map((room) => path.join(root, room)),
    take,
  );
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => end(watch));
  await run(tests);
} catch (error) {
  say(error.message);
  process.exitCode = 2;
}

function take(file) {
  changed.add(file);
  clearTimeout(quiet);
  quiet = setTimeout(work, QUIET);
}

/** One change after the other; what comes meanwhile is the next. */
async function work() {
  if (busy) return;
  busy = true;
  while (changed.size > 0 && !closed) {
    const files = [...changed];
    changed.clear();
    await stop();
    await update(files).catch((error) => error.errors ?? say(error.message)); // esbuild has told its own
  }
  busy = false;
}

async function update(files) {
  const started = Date.now();
  await updateTree(files);
  const sources = files.map((file) => path.relative(root, file));
  say(`${sources.length > 3 ? `${sources.length} files` : sources.join(', ')}: built in ${((Date.now() - started) / 1000).toFixed(2)} s`);
  const tests = names.length > 0 ? await namedTests(names) : await relatedTests(sources);
  if (tests.length === 0) say('no test imports that');
  await run(tests);
}

async function run(tests) {
  if (tests.some((test) => test.startsWith('test/e2e/')) && !outdated()) await buildInstallation();
  if (outdated()) return;
  if (tests.length === 0) return waiting();
  const mine = startJest([...tests.map(builtOf), '--runTestsByPath', ...options]);
  jest = mine;
  mine.ended.then(() => jest === mine && waiting());
}

function outdated() {
  return closed || changed.size > 0;
}

async function buildInstallation() {
  say('building dist/');
  const [status] = await once(spawn(process.execPath, ['scripts/build.mjs', '--dist-only'], { cwd: root, stdio: 'inherit' }), 'close');
  if (status !== 0 && !closed) throw new Error('dist/ could not be built: no test runs');
}

async function end(watch) {
  closed = true;
  watch.close();
  clearTimeout(quiet);
  await stop();
}

async function stop() {
  const running = jest;
  jest = undefined;
  await running?.stop();
}

function waiting() {
  say('waiting for changes (Ctrl-C ends)');
}

function say(text) {
  process.stdout.write(`watch: ${text}\n`);
}
