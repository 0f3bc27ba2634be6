import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import hwloc from '../../../cli/commands/hwloc';
import { Resources } from '../../../core/client/resource';
import { encodeHwlocXml, parseHwlocXml } from '../../../core/resource/hwloc-xml';
import { parseSynthetic } from '../../../core/resource/synthetic';
import { Topology } from '../../../core/resource/topology';
import { type CommandResult, runCli } from '../../support/command';
import { ResourceInstance } from '../resource/instance';

let t: ResourceInstance;
beforeAll(async () => {
  t = await ResourceInstance.start({ size: 3, connectors: true });
  await t.event('resource-define');
});
afterAll(() => t.stop());

const run = (...argv: string[]): Promise<CommandResult> => runCli(hwloc, argv, { env: { FLUX_URI: t.instance.uri() } });
const shows = (stdout: string) => ({ status: 0, stdout, stderr: '' });
const fails = (...texts: string[]) => ({ status: 1, stdout: '', stderr: texts.map((text) => `flux-hwloc: ${text}\n`).join('') });
const { cores, pus } = parseHwlocXml(encodeHwlocXml(Topology.fromSys(), 'here'));

test('info adds up what the ranks have, and has a plural for all but one machine', async () => {
  expect(await run('info')).toEqual(shows(`3 Machines, ${3 * cores} Cores, ${3 * pus} PUs\n`));
  expect(await run('info', '--rank=all')).toEqual(shows(`3 Machines, ${3 * cores} Cores, ${3 * pus} PUs\n`));
  expect(await run('info', '-r', '0,2')).toEqual(shows(`2 Machines, ${2 * cores} Cores, ${2 * pus} PUs\n`));
  expect(await run('info', '-r', '1')).toEqual(shows(`1 Machine, ${cores} Cores, ${pus} PUs\n`));
});

test('topology prints the documents of the ranks, each followed by a newline', async () => {
  const xml = await new Resources(t.flux).xml();
  expect(await run('topology')).toEqual(shows(xml.map((document) => `${document}\n`).join('')));
  expect(await run('topology', '-r', '1-2')).toEqual(shows(`${xml[1]}\n${xml[2]}\n`));
});

test('--local asks no instance, whatever ranks are named', async () => {
  const local = (...argv: string[]) => runCli(hwloc, argv, { env: { FLUX_URI: 'local:///nonexist' } });
  expect(await local('info', '-l')).toEqual(shows(`1 Machine, ${cores} Cores, ${pus} PUs\n`));
  expect(await local('info', '-l', '-r', '9')).toEqual(shows(`1 Machine, ${cores} Cores, ${pus} PUs\n`));
  expect(await local('topology', '--local')).toEqual(shows(`${encodeHwlocXml(Topology.fromSys(), os.hostname())}\n`));
  expect(await local('info')).toEqual(fails('flux_open: No such file or directory'));
});

test('ranks that are none are refused', async () => {
  for (const subcommand of ['info', 'topology']) {
    expect(await run(subcommand, '-r', '3')).toEqual(fails("Invalid rank argument: '3'", 'failed to get target ranks'));
    expect(await run(subcommand, '-r', '0-3')).toEqual(fails("Invalid rank argument: '0-3'", 'failed to get target ranks'));
    expect(await run(subcommand, '-r', 'x')).toEqual(fails('failed to get target ranks'));
    expect(await run(subcommand, '-r', '')).toEqual(fails('Invalid rank set when fetching global XML'));
  }
});

test('a sub-command is needed, and takes no free argument', async () => {
  const usage = `Usage: flux hwloc topology [OPTIONS]
   or: flux hwloc info [OPTIONS]
Show the hardware topologies of an instance
  -h, --help             Display this message.
`;
  expect(await run()).toEqual({ status: 1, stdout: '', stderr: `flux hwloc: missing subcommand\n${usage}` });
  expect(await run('reload')).toEqual({ status: 1, stdout: '', stderr: `flux hwloc: Unknown subcommand: reload\n${usage}` });
  expect(await run('info', 'x')).toEqual({ status: 1, stdout: '', stderr: 'Usage: flux hwloc info [OPTIONS]\n' });
});

describe('with topologies from files', () => {
  const gpu = (n: number) => `<object type="OSDev" name="cuda${n}" osdev_type="5"><info name="Backend" value="CUDA"/></object>`;
  const machine = (...devices: string[]) =>
    encodeHwlocXml(parseSynthetic('core:2 pu:2'), 'there').replace('  </object>\n</topology>', `${devices.join('')}$&`);

  let dir: string;
  beforeAll(async () => {
    dir = fs.mkdtempSync(path.join(os.tmpdir(), 'hwloc-'));
    fs.writeFileSync(path.join(dir, '0.xml'), machine(gpu(0)));
    fs.writeFileSync(path.join(dir, '1.xml'), machine(gpu(0), gpu(1)));
    await new Resources(t.flux).reload(dir, { xml: true });
  });
  afterAll(() => fs.rmSync(dir, { recursive: true }));

  test('info counts gpus where there are some', async () => {
    expect(await run('info', '-r', '0')).toEqual(shows('1 Machine, 2 Cores, 4 PUs, 1 GPU\n'));
    expect(await run('info', '-r', '0-1')).toEqual(shows('2 Machines, 4 Cores, 8 PUs, 3 GPUs\n'));
  });

  test('a rank without a file is named, not left out', async () => {
    expect(await run('info')).toEqual(fails('rank 2 has no topology'));
    expect(await run('topology', '-r', '1-2')).toEqual(fails('rank 2 has no topology'));
  });
});
