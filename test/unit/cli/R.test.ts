import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import command from '../../../cli/commands/R';
import { Rlist } from '../../../core/internal';
import { runCli } from '../../support/command';
import { golden } from '../formats/golden';

interface Case {
  args: string[];
  stdin: string;
  rc: number;
  stdout?: string;
  stdout_json?: unknown;
  stderr: string;
  wart?: boolean;
}

const { flux_R } = golden<{ flux_R: { cases: Case[] } }>('sets.json');
const run = (args: string[], stdin = '') => runCli(command, args, { stdin });

test.each(flux_R.cases.filter(({ wart }) => !wart).map((c, i) => [`${i}: flux R ${c.args.join(' ')}`, c] as const))(
  'as recorded %s',
  async (_, { args, stdin, rc, stdout, stdout_json, stderr }) => {
    const result = await run(args, stdin);
    expect({ status: result.status, stderr: result.stderr }).toEqual({ status: rc, stderr });
    if (stdout_json === undefined) expect(result.stdout).toBe(stdout);
    else expect(JSON.parse(result.stdout)).toEqual(stdout_json);
  },
);

test('--local describes this machine', async () => {
  const { stdout } = await run(['encode', '--local', '-r2']);
  const r = Rlist.fromR(stdout);
  expect(r.ranks().encode()).toBe('2');
  expect(r.hosts()!.encode()).toBe(os.hostname());
  expect(r.count('core')).toBeGreaterThan(0);
});

test('--xml reads an hwloc document, from a file or from standard input', async () => {
  const core = '<object type="Core" os_index="0" cpuset="0x1"><object type="PU" os_index="0" cpuset="0x1"/></object>';
  const xml = `<topology><object type="Machine"><info name="HostName" value="h"/>${core}${core}</object></topology>`;
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'R-'));
  fs.writeFileSync(path.join(dir, 'x.xml'), xml);
  const fromFile = await run(['encode', `--xml=${path.join(dir, 'x.xml')}`]);
  fs.rmSync(dir, { recursive: true });
  expect(JSON.parse(fromFile.stdout)).toMatchObject({ execution: { R_lite: [{ rank: '0', children: { core: '0-1' } }], nodelist: ['h'] } });
  expect((await run(['encode', '-f-'], xml)).stdout).toBe(fromFile.stdout);
});

test('without a subcommand, or with an unknown one, it shows its usage and fails', async () => {
  for (const args of [[], ['nosuch']]) {
    const { status, stdout, stderr } = await run(args);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^Usage: flux-R \[OPTIONS\] COMMAND ARGS\n/);
  }
});
