import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { spawnProcess } from '../../core/sys/spawn';
import { golden } from '../unit/formats/golden';

interface Recorded {
  cmd: string;
  exit: number;
  /** What was printed; if that was JSON, `jsonString`. */
  stdout: string | { jsonString: unknown };
  stderr: string;
}

const recorded = golden<Recorded[]>('kvs-commands.json');
const flux = path.resolve(__dirname, '../../../flux');

/** Numbers of roots count what the instance's own services commit at its start, which is not the same each time. */
const COUNTS_ROOTS = /^flux kvs (version|put -s .*)$/;

interface Ran {
  exit: number;
  stdout: string;
  stderr: string;
}

let ran: Ran[];
beforeAll(async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-contract-'));
  try {
    ran = await runAll(folder);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});

/** Runs the commands in their order in a fresh instance of two brokers. */
async function runAll(folder: string): Promise<Ran[]> {
  for (const [i, { cmd }] of recorded.entries()) fs.writeFileSync(path.join(folder, `${i}.cmd`), cmd);
  const line = `for i in $(seq 0 ${recorded.length - 1}); do sh $i.cmd >$i.out 2>$i.err; echo $? >$i.exit; done`;
  const env = { PATH: process.env['PATH'], HOME: folder, LANG: 'C.UTF-8', SHELL: '/bin/sh', COLUMNS: '80' };
  const child = spawnProcess({ argv: [flux, 'start', '-s2', line], env, cwd: folder });
  await child.exited;
  const read = (i: number, what: string) => fs.readFileSync(path.join(folder, `${i}.${what}`), 'utf8');
  return recorded.map((_, i) => ({ exit: Number(read(i, 'exit')), stdout: read(i, 'out'), stderr: read(i, 'err') }));
}

test.each(recorded.map(({ cmd }, i) => [cmd, i] as const))('%s prints and returns what was recorded', (cmd, i) => {
  const { exit, stdout, stderr } = recorded[i]!;
  expect({ exit: ran[i]!.exit, stderr: ran[i]!.stderr }).toEqual({ exit, stderr });
  if (typeof stdout !== 'string') expect(shape(JSON.parse(ran[i]!.stdout))).toEqual(shape(stdout.jsonString));
  else if (COUNTS_ROOTS.test(cmd))
    expect(Number(ran[i]!.stdout) - Number(ran[first()]!.stdout)).toBe(Number(stdout) - Number(recorded[first()]!.stdout));
  else expect(masked(ran[i]!.stdout)).toBe(masked(stdout));
});

const first = () => recorded.findIndex(({ cmd }) => COUNTS_ROOTS.test(cmd));

/** Times, what depends on them (roots, where a line is cut that has one in it), and user ids. */
function masked(text: string): string {
  return text
    .replace(/^(resource\.eventlog = \{"timestamp":)\d{10}\.\d+(,"name":"resource-init").*\.\.\.$/gm, '$1TIME$2…')
    .replace(/\b\d{10}\.\d{1,6}\b/g, 'TIME')
    .replace(/sha1-[0-9a-f]{40}/g, 'ROOT')
    .replace(new RegExp(`^( *)${process.getuid!()}$`, 'gm'), '$10')
    .replace(new RegExp(`^(\\w+ +)${process.getuid!()} (0x\\d{8})$`, 'gm'), '$10 $2');
}

function shape(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return typeof value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, shape(member)]));
}
