import { parseSynthetic } from '../../../core/resource/synthetic';
import type { TopologyObject } from '../../../core/resource/topology';
import { isInstalled, run, testWith } from '../../e2e/processes';
import { outcome } from '../formats/golden';

const pusOf = ({ pus, children }: TopologyObject): number[] => (children.length === 0 ? [pus.first()!] : children.flatMap(pusOf));

/** Text, number of cores, number of packages, OS numbers of PUs in their order. */
const described: readonly [text: string, cores: number, packages: number, pus: string][] = [
  ['pu:4', 0, 0, '0 1 2 3'],
  ['pack:2 core:2 pu:1', 4, 2, '0 1 2 3'],
  [' Socket:1  L3Cache:1 l2:1 L1dcache:1 Core:2 PU:0x2 ', 2, 1, '0 1 2 3'],
  ['pac:2 cor:1 pu:1', 2, 2, '0 1'],
  ['node:2 die:1 core:1 pu:1', 2, 0, '0 1'],
  ['numa:2(memory=4GB) pack:1 core:2 pu:1', 4, 2, '0 1 2 3'],
  ['(memory=1GB) pack:2 core:1 pu:1', 2, 2, '0 1'],
  ['pack:2 [numa(memory=8GiB)] [numa] core:2 pu:1', 4, 2, '0 1 2 3'],
  ['[numa] group:2 Tile:2 core:1 pu:1', 4, 0, '0 1 2 3'],
  ['pack:1 l3:2(size=4MB) core:1 pu:2', 2, 1, '0 1 2 3'],
  ['core:2pu:2', 2, 0, '0 1 2 3'],
  ['010', 0, 0, '0 1 2 3 4 5 6 7'],
  ['2 2', 0, 0, '0 1 2 3'],
  ['2 2 1', 0, 2, '0 1 2 3'],
  ['[numa] 2 2 1', 4, 2, '0 1 2 3'],
  ['2 2 1 1', 4, 2, '0 1 2 3'],
  ['2 1 1 1 1 1 2 1', 4, 2, '0 1 2 3'],
  ['1 2 1 1 1 1 1 2 1', 4, 2, '0 1 2 3'],
  ['pack:2 core:2 pu:2(indexes=0,4,1,5,2,6,3,7)', 4, 2, '0 4 1 5 2 6 3 7'],
  ['pack:2 core:2 pu:2(indexes=2*4:1*2)', 4, 2, '0 4 1 5 2 6 3 7'],
  ['pack:2 core:2 pu:2(indexes=2*4)', 4, 2, '0 4 1 5 2 6 3 7'],
  ['pack:2 core:2 pu:2(memory=3 indexes=4*2:2*2:1*2)', 4, 2, '0 4 2 6 1 5 3 7'],
  ['pack:2 core:2 pu:2(indexes=pack:core)', 4, 2, '0 4 2 6 1 5 3 7'],
  ['pack:2 core:2 pu:2(indexes=core:pack)', 4, 2, '0 4 1 5 2 6 3 7'],
  ['pack:2 core:3 pu:2(indexes=core)', 6, 2, '0 6 1 7 2 8 3 9 4 10 5 11'],
  ['numa:2 core:2 pu:2(indexes=numa)', 4, 0, '0 2 4 6 1 3 5 7'],
];

/** What hwloc refuses too, or passes over with a warning. */
// biome-ignore format: a list
const refused = [
  '', 'core', 'core:0', 'foo:1', 'core:x', 'core:2', 'core:2 pu', 'machine:1 pu:1', 'pack:2 2 pu:1', 'pack:1 pack:1 pu:1', 'die:1 die:1 pu:1', 'pu:2 pu:2',
  'bridge:2 pu:1', 'p:1 pu:1', 'l9:2 pu:1', 'pack:2 [core] pu:1', 'pack:2 [numa pu:1', 'numa:2 [numa] pu:1', 'core:2 pu:2(foo=3)', 'l3:2(memory=4MB) pu:1',
  'pack:2(size=3) pu:1', 'pu:2(memory=many)', 'pu:4(indexes=0,1)', 'pu:2(indexes=1,1)', 'pack:2 pu:4(indexes=3*2)', 'core:2 pu:4(indexes=pack)', 'pu:2 trailing',
];

describe('a synthetic topology', () => {
  test.each(described)('%s has %i cores in %i packages, and PUs %s', (text, cores, packages, order) => {
    const topology = parseSynthetic(text);
    expect([topology.count('core'), topology.count('pack'), pusOf(topology.root).join(' ')]).toEqual([cores, packages, order]);
  });

  test.each(refused)('is not: %j', (text) => {
    expect(outcome(() => parseSynthetic(text))).toEqual({ errno: 'EINVAL' });
  });

  test('says what is wrong, and where', () => {
    expect(() => parseSynthetic('pack:2 foo:1 pu:2')).toThrow(
      "invalid synthetic topology 'pack:2 foo:1 pu:2': unknown type of objects 'foo'",
    );
    expect(() => parseSynthetic('pack:2000 core:2000 pu:2')).toThrow('more than 1048576 PUs');
  });

  testWith(isInstalled('lstopo-no-graphics'), 'lstopo is not installed', 'is what hwloc makes of it', async () => {
    for (const [text, cores, packages, order] of described) {
      const { stdout } = await run(['lstopo-no-graphics', '--if', 'synthetic', '--input', text, '--of', 'xml', '-']);
      const count = (type: string) => stdout.split(`<object type="${type}"`).length - 1;
      const indexes = [...stdout.matchAll(/type="PU" os_index="(\d+)"/g)].map(([, index]) => index);
      expect([text, count('Core'), count('Package'), indexes.join(' ')]).toEqual([text, cores, packages, order]);
    }
  });
});
