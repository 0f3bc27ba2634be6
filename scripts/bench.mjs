#!/usr/bin/env node
// npm run bench: figures that design.md asks for, side by side. Builds first; each module of build/bench/*.bench.js exports
// `default { name, run(): Promise<Row[]> }`, Row being { what, value, unit, note? }. Rates of the machine itself stand beside ours.
//
// Usage: node scripts/bench.mjs [--json] [NAME…]
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);
const args = process.argv.slice(2);
const json = args.includes('--json');
const names = args.filter((arg) => !arg.startsWith('-'));

const { status } = spawnSync(process.execPath, [path.join(root, 'scripts/build.mjs'), '--quiet'], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

const folder = path.join(root, 'build', 'bench');
const files = (fs.existsSync(folder) ? fs.readdirSync(folder) : []).filter((file) => file.endsWith('.bench.js')).sort();
const report = [];
for (const file of files) {
  const bench = require(path.join(folder, file)).default;
  if (names.length > 0 && !names.includes(bench.name)) continue;
  const rows = await bench.run();
  report.push({ name: bench.name, rows });
  if (json) continue;
  console.log(`\n${bench.name}`);
  for (const { what, value, unit, note } of rows)
    console.log(`  ${what.padEnd(44)} ${value.toFixed(2).padStart(10)} ${unit}${note ? `   ${note}` : ''}`);
}
if (json) console.log(JSON.stringify(report, null, 1));
