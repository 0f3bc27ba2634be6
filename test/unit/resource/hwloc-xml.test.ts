import { encodeHwlocXml, parseHwlocXml, rlistOfHwlocXml } from '../../../core/resource/hwloc-xml';
import { parseSynthetic } from '../../../core/resource/synthetic';
import { outcome } from '../formats/golden';

describe('hwloc XML', () => {
  test('is read as it is written', () => {
    const xml = encodeHwlocXml(parseSynthetic('pack:2 core:20 pu:2'), 'a<b&"c');
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

  test('of a machine that is not has no name, and makes no R', () => {
    const xml = '<topology version="2.0"><object type="Machine"><object type="PU" os_index="0"/></object></topology>';
    expect(parseHwlocXml(xml)).toEqual({ hostname: undefined, cores: 0, pus: 1, gpus: 0 });
    expect(outcome(() => rlistOfHwlocXml(xml, 0))).toEqual({ errno: 'EINVAL' });
  });

  test('is XML: comments are none of it, and what is written in another way says the same', () => {
    const core = "<object type='Core' ><object type = 'PU' os_index='&#51;'></object></object>";
    const xml = `<topology><!-- <object type="Core"/> --><object type="Machine"><info name="HostName" value='a&amp;b'/>${core}</object></topology>`;
    expect(parseHwlocXml(xml)).toEqual({ hostname: 'a&b', cores: 1, pus: 1, gpus: 0 });
  });

  test('says what of the machine is allowed, and hwloc drops the rest', () => {
    const core = (pu: number) => `<object type="Core" os_index="${pu}"><object type="PU" os_index="${pu}"/></object>`;
    const of = (allowed: string) =>
      parseHwlocXml(
        `<topology version="2.0"><object type="Machine" allowed_cpuset="${allowed}">${[0, 1, 32].map(core).join('')}</object></topology>`,
      );
    expect(of('0x00000001,0x00000002')).toMatchObject({ cores: 2, pus: 2 });
    expect(of('0xf...f')).toMatchObject({ cores: 3, pus: 3 });
  });

  test.each([
    '<topology><object type="Machine"></topology>',
    '<topology><object type="OSDev"/></topology>',
    '<x/>',
    '<topology></topology>',
  ])('is not: %j', (text) => {
    expect(outcome(() => parseHwlocXml(text))).toEqual({ errno: 'EINVAL' });
  });
});
