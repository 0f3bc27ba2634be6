import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { encodeHwlocXml } from '../../../core/resource/hwloc-xml';
import { localTopology } from '../../../core/resource/local-topology';
import { parseSynthetic } from '../../../core/resource/synthetic';
import { getAffinity } from '../../../core/sys/affinity';
import { isInstalled, run, testWith } from '../../e2e/processes';

let dir: string;
beforeAll(() => void (dir = fs.mkdtempSync(path.join(os.tmpdir(), 'hwloc-'))));
afterAll(() => fs.rmSync(dir, { recursive: true }));

const file = (name: string, text: string) => {
  fs.writeFileSync(path.join(dir, name), text);
  return path.join(dir, name);
};
const cores = (env: Record<string, string>) => localTopology(env).topology.cores().length;

describe('the topology of a machine', () => {
  test('is that of this one, restricted to the CPUs that may be used', () => {
    const { topology, isThisSystem, hostname, gpus } = localTopology({ HWLOC_XMLFILE: '', HWLOC_SYNTHETIC: '' });
    expect([isThisSystem, hostname, gpus]).toEqual([true, undefined, 0]);
    expect([...topology.root.pus]).toEqual(getAffinity());
  });

  test("is that of the document HWLOC_XMLFILE, another machine's, with its name and devices", () => {
    const gpu = '<object type="OSDev" name="cuda0" osdev_type="5"><info name="Backend" value="CUDA"/></object>';
    const xml = encodeHwlocXml(parseSynthetic('pack:2 core:16 pu:2'), 'far').replace('  </object>\n</topology>', `${gpu}$&`);
    const local = localTopology({ HWLOC_XMLFILE: file('far.xml', xml) });
    expect(local).toMatchObject({ hostname: 'far', gpus: 1, isThisSystem: false });
    expect(local.topology.cores()).toHaveLength(32);
    expect(local.toXml('here')).toBe(xml);
  });

  testWith(isInstalled('lstopo-no-graphics'), 'lstopo is not installed', 'is read from what lstopo exports, of both versions', async () => {
    for (const options of [[], ['--export-xml-flags', 'v1']]) {
      const name = path.join(dir, `s${options.length}.xml`);
      const input = 'pack:2 [numa] l3:1 core:3 pu:2(indexes=core)';
      const ran = await run(['lstopo-no-graphics', '--if', 'synthetic', '--input', input, ...options, '--of', 'xml', name]);
      expect(ran).toMatchObject({ status: 0 });
      const { topology, hostname } = localTopology({ HWLOC_XMLFILE: name });
      expect([hostname, topology.count('pack'), topology.count('l3')]).toEqual([undefined, 2, 2]);
      expect(topology.cores().map(({ pus }) => pus.encode())).toEqual(['0,6', '1,7', '2,8', '3,9', '4,10', '5,11']);
    }
  });

  test('is that of HWLOC_SYNTHETIC, which counts before a document', () => {
    expect(cores({ HWLOC_SYNTHETIC: 'core:5 pu:2', HWLOC_XMLFILE: '/nowhere' })).toBe(5);
    expect(localTopology({ HWLOC_SYNTHETIC: 'core:5 pu:2' }).toXml('here')).toBe(encodeHwlocXml(parseSynthetic('core:5 pu:2'), 'here'));
  });

  test('is that of the copy of /sys below HWLOC_FSROOT, whatever CPUs may be used here', () => {
    const cpus = path.join(dir, 'sys/devices/system/cpu');
    fs.mkdirSync(cpus, { recursive: true });
    fs.writeFileSync(path.join(cpus, 'online'), '0-6\n');
    expect(cores({ HWLOC_FSROOT: dir })).toBe(7);
  });

  test('is said to be this one by HWLOC_THISSYSTEM=1: the CPUs that may be used count', () => {
    const here = Math.max(...getAffinity()) + 1;
    const text = `core:${here + 3} pu:1`;
    const { topology, isThisSystem } = localTopology({ HWLOC_SYNTHETIC: text, HWLOC_THISSYSTEM: '1' });
    expect([isThisSystem, [...topology.root.pus]]).toEqual([true, getAffinity()]);
    expect(localTopology({ HWLOC_SYNTHETIC: text, HWLOC_THISSYSTEM: '0' }).topology.cores()).toHaveLength(here + 3);
    expect(localTopology({ HWLOC_THISSYSTEM: '0' }).isThisSystem).toBe(false);
  });

  test.each([
    ['HWLOC_XMLFILE', '/nowhere/x.xml', 'ENOENT', 'HWLOC_XMLFILE: /nowhere/x.xml: No such file or directory'],
    ['HWLOC_XMLFILE', '/etc/hostname', 'EINVAL', 'HWLOC_XMLFILE: /etc/hostname: not an hwloc XML document'],
    ['HWLOC_SYNTHETIC', 'core:many', 'EINVAL', "HWLOC_SYNTHETIC: invalid synthetic topology 'core:many'"],
    ['HWLOC_FSROOT', '/nowhere', 'ENOENT', 'HWLOC_FSROOT: '],
  ])('%s=%s is an error that names the variable', (variable, value, code, message) => {
    expect(() => localTopology({ [variable]: value })).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(message) }),
    );
  });
});
