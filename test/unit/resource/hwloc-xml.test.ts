import { encodeHwlocXml, parseHwlocXml, rlistOfHwlocXml } from '../../../core/resource/hwloc-xml';
import { Topology } from '../../../core/resource/topology';
import { outcome } from '../formats/golden';

describe('hwloc XML', () => {
  test('is read as it is written', () => {
    const xml = encodeHwlocXml(Topology.parseSynthetic('pack:2 core:20 pu:2'), 'a<b&"c');
    expect(parseHwlocXml(xml)).toEqual({ hostname: 'a<b&"c', cores: 40, pus: 80, gpus: 0 });
    expect(xml).toContain('cpuset="0x0000ffff,0xffffffff,0xffffffff"');
    expect(xml.split('\n')[3]).toMatch(/^ {2}<object type="Machine"/);
    expect(rlistOfHwlocXml(xml, 2).dumps()).toBe('rank2/core[0-39]');
  });

  test('counts devices of the backends CUDA and OpenCL as gpus', () => {
    const device = (name: string) => `<object type="OSDev" name="x" osdev_type="5"><info name="Backend" value="${name}"/></object>`;
    const xml = `<topology version="2.0"><object type="Machine"><info name="HostName" value="h"/>${['CUDA', 'OpenCL', 'NVML'].map(device).join('')}<object type="PU" os_index="0"/></object></topology>`;
    expect(rlistOfHwlocXml(xml, 0).dumps()).toBe('rank0/core0,gpu[0-1]');
  });

  test.each(['', '<x/>', '<topology></topology>'])('is not: %j', (text) => {
    expect(outcome(() => parseHwlocXml(text))).toEqual({ errno: 'EINVAL' });
  });
});
