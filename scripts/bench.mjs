#!/usr/bin/env node
// npm run bench: figures, side by side with what the machine itself can do in the same run. Builds first, then runs every module
// build/bench/NAME.bench.js (bench/row.ts tells what one exports). Nothing here judges a figure: it fails only where a benchmark does not run.
//
// Usage: node scripts/bench.mjs [--json] [--list] [--no-build] [--rounds=N] [NAME…]
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const { values, positionals: names } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    list: { type: 'boolean', default: false },
    'no-build': { type: 'boolean', default: false },
    rounds: { type: 'string', default: '15' },
  },
  allowPositionals: true,
});
const { json } = values;
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1) fail(`--rounds=${values.rounds}: not a positive number`);

if (!values['no-build']) {
  const { status } = spawnSync(process.execPath, [path.join(root, 'scripts/build.mjs'), '--quiet'], { stdio: ['ignore', 2, 2] });
  if (status !== 0) process.exit(status ?? 1);
}

const folder = path.join(root, 'build', 'bench');
const all = (fs.existsSync(folder) ? fs.readdirSync(folder) : [])
  .filter((file) => file.endsWith('.bench.js'))
  .sort()
  .map((file) => require(path.join(folder, file)).default);
const known = all.map(({ name }) => name);
for (const name of names) if (!known.includes(name)) fail(`no benchmark ${name}: there are ${known.join(', ')}`);
if (values.list) {
  console.log(known.join('\n'));
  process.exit(0);
}

const machine = {
  cpu: `${os.cpus()[0]?.model ?? 'unknown'} × ${os.cpus().length}`,
  memory: `${(os.totalmem() / 2 ** 30).toFixed(1)} GiB`,
  system: `${os.type()} ${os.release()}`,
  node: process.version,
  load: os.loadavg()[0],
  rounds,
};
const benches = [];
let failed = false;
if (!json) {
  console.log(`${machine.cpu}, ${machine.memory}, ${machine.system}, node ${machine.node}`);
  console.log(`medians of ${rounds} rounds where a row says no more; load average ${machine.load.toFixed(2)} before the first`);
}
for (const bench of all) {
  if (names.length > 0 && !names.includes(bench.name)) continue;
  if (!json) console.log(`\n${bench.name}`);
  try {
    const rows = await bench.run({ rounds });
    benches.push({ name: bench.name, rows });
    if (!json) for (const row of rows) console.log(line(row));
  } catch (e) {
    failed = true;
    console.error(`${bench.name}: ${e instanceof Error ? e.stack : e}`);
  }
}
if (json) console.log(JSON.stringify({ machine, benches }, null, 1));
process.exit(failed ? 1 : 0);

function line({ what, value, unit, note }) {
  return `  ${what.padEnd(44)} ${value.toFixed(value < 10 ? 2 : 1).padStart(10)} ${unit.padEnd(8)}${note ? ` ${note}` : ''}`.trimEnd();
}

function fail(text) {
  console.error(`bench: ${text}`);
  process.exit(2);
}
