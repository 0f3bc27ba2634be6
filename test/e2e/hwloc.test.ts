import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { encodeHwlocXml } from '../../core/resource/hwloc-xml';
import { parseSynthetic } from '../../core/resource/synthetic';
import { runFlux } from './processes';

const inside = (env: Record<string, string>, line: string) => runFlux(['start', line], { env });

test('an instance has the resources of the machine in HWLOC_XMLFILE, and its tasks run where they can', async () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'hwloc-'));
  const file = path.join(dir, 's.xml');
  fs.writeFileSync(file, encodeHwlocXml(parseSynthetic('pack:2 core:64 pu:2'), 'far'));
  const line =
    "flux resource list -s free -no '{ncores} {nodelist}'; flux hwloc info; flux mini run -n2 -c64 -o cpu-affinity=per-task echo task";
  const ran = await inside({ HWLOC_XMLFILE: file }, line);
  fs.rmSync(dir, { recursive: true });
  expect(ran).toMatchObject({ status: 0, stderr: '', stdout: '128 far\n1 Machine, 128 Cores, 256 PUs\ntask\ntask\n' });
});

test('so it has those of HWLOC_SYNTHETIC, with the name of this machine', async () => {
  const ran = await inside({ HWLOC_SYNTHETIC: 'pack:2 core:64 pu:2' }, "flux resource list -s free -no '{ncores} {nodelist}'");
  expect(ran).toMatchObject({ status: 0, stdout: `128 ${os.hostname()}\n` });
});

test('a topology that can not be read ends the instance, and is named', async () => {
  const { status, stderr } = await inside({ HWLOC_SYNTHETIC: 'pack:2 foo:64' }, 'true');
  expect(status).toBe(1);
  expect(stderr).toContain("HWLOC_SYNTHETIC: invalid synthetic topology 'pack:2 foo:64': unknown type of objects 'foo'");
});
