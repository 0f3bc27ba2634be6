#!/usr/bin/env node
// Tests what is built (npm run build) under another Node: by default the newest that npm brings. In .cache/node-VERSION lie that Node and a
// tree that shares all with this one but better-sqlite3, the only package whose binary is for one Node: it is compiled anew, once.
//
// Usage: node scripts/newest-node.mjs [VERSION] [-- jest arguments]        (default: the tests of core/sys, core/transport, the broker program)
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const separator = process.argv.indexOf('--');
const jest =
  separator < 0 ? ['build/test/unit/sys', 'build/test/unit/transport', 'build/test/service/broker'] : process.argv.slice(separator + 1);
const wanted = process.argv.slice(2, separator < 0 ? undefined : separator)[0] ?? 'latest';

const bin = `node-${process.platform}-${process.arch}`;
const version = run('npm', ['view', `${bin}@${wanted}`, 'version'], { stdio: ['ignore', 'pipe', 'inherit'] }).trim();
if (version === '') fail(`no version ${wanted} of ${bin}`);
const home = path.join(root, '.cache', `node-${version}`);
const tree = path.join(home, 'tree');
const node = path.join(home, 'node_modules', bin);
const env = { ...process.env, PATH: `${node}/bin:${process.env.PATH}`, npm_config_nodedir: node };

say(`node ${version}`);
fs.mkdirSync(home, { recursive: true });
if (!fs.existsSync(path.join(node, 'bin/node'))) {
  fs.writeFileSync(path.join(home, 'package.json'), '{ "private": true }\n');
  run('npm', ['install', '--silent', '--no-audit', '--no-fund', `${bin}@${version}`], { cwd: home });
}
makeTree();

say('four tasks on two brokers');
const out = run('./flux', ['start', '-s2', 'flux', 'mini', 'run', '-N2', '-n4', 'node', '-p', 'process.version'], {
  cwd: tree,
  env,
  stdio: ['ignore', 'pipe', 'inherit'],
});
if (out !== `v${version}\n`.repeat(4)) fail(`four times v${version} was expected, not: ${out}`);
run('node', ['node_modules/jest/bin/jest.js', ...jest], { cwd: tree, env });

/** Hard links to the packages, copies of the rest. */
function makeTree() {
  const compiled = path.join(tree, 'node_modules/better-sqlite3/build/Release/better_sqlite3.node');
  const stamp = path.join(root, 'node_modules/.flux-installed');
  if (!fs.existsSync(compiled) || fs.statSync(compiled).mtimeMs < fs.statSync(stamp).mtimeMs) {
    say('compiling better-sqlite3 (some minutes)');
    fs.rmSync(tree, { recursive: true, force: true });
    fs.mkdirSync(tree);
    run('cp', ['-al', 'node_modules', tree]);
    const sqlite = path.join(tree, 'node_modules/better-sqlite3');
    fs.rmSync(sqlite, { recursive: true });
    fs.cpSync(path.join(root, 'node_modules/better-sqlite3'), sqlite, {
      recursive: true,
      filter: (file) => !file.startsWith(path.join(root, 'node_modules/better-sqlite3/build')),
    });
    run('npm', ['run', '--silent', 'build-release'], { cwd: sqlite, env, stdio: ['ignore', 'ignore', 'inherit'] });
  }
  for (const name of ['build', 'dist', 'flux', 'package.json', 'package-lock.json', 'jest.config.js', 'examples', 'scripts']) {
    fs.rmSync(path.join(tree, name), { recursive: true, force: true });
    fs.cpSync(path.join(root, name), path.join(tree, name), { recursive: true });
  }
  fs.writeFileSync(path.join(tree, 'dist/.built'), '');
}

function run(file, args, options = {}) {
  const { status, signal, error, stdout } = spawnSync(file, args, { cwd: root, stdio: 'inherit', encoding: 'utf8', ...options });
  if (status !== 0) fail(`${file} ${args.join(' ')}: ${error ?? signal ?? `exit status ${status}`}`);
  return stdout;
}

function say(text) {
  process.stderr.write(`newest-node: ${text}\n`);
}

function fail(text) {
  say(text);
  process.exit(1);
}
