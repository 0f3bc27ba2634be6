import { formatMapping, isOneNode, mappingOfCounts, parseMapping } from '../../../core/pmi';
import { nodesOfRanks } from '../../../core/pmi/mapping';

describe('PMI process mapping', () => {
  test.each([
    [[2, 2], '(vector,(0,2,2))'],
    [[2, 2, 1], '(vector,(0,2,2),(2,1,1))'],
    [[1, 2, 1], '(vector,(0,1,1),(1,1,2),(2,1,1))'],
    [[3], '(vector,(0,1,3))'],
  ])('nodes with %j processes are %s, both ways', (counts, text) => {
    expect(formatMapping(mappingOfCounts(counts))).toBe(text);
    expect(parseMapping(text)).toEqual(mappingOfCounts(counts));
  });

  test('an empty text is unknown, another one an error', () => {
    expect(parseMapping('')).toEqual([]);
    for (const text of ['(vector,)', 'vector', '(vector,(0,1))', '(vector,(0,1,1)']) expect(parseMapping(text)).toBeUndefined();
  });
});

describe('nodes of ranks', () => {
  test.each([
    ['(vector,(0,1,1))', 3, [0, 0, 0], true],
    ['(vector,(0,2,1))', 5, [0, 1, 0, 1, 0], false],
    ['(vector,(0,2,2),(2,1,1))', 5, [0, 0, 1, 1, 2], false],
    ['(vector,(3,1,2),(3,1,1))', 4, [3, 3, 3, 3], true],
    ['(vector,(0,2,4))', 4, [0, 0, 0, 0], true],
    ['(vector,(0,0,1),(1,1,0),(2,1,1))', 2, [2, 2], true],
  ])('%s, repeated when it is through, puts %i ranks on nodes %j', (text, size, nodes, oneNode) => {
    const blocks = parseMapping(text)!;
    expect(nodesOfRanks(blocks, size)).toEqual(nodes);
    expect(isOneNode(blocks, size)).toBe(oneNode);
  });

  test('are not known without a block that has any', () => {
    for (const text of ['', '(vector,(0,0,0))']) {
      expect(nodesOfRanks(parseMapping(text)!, 2)).toBeUndefined();
      expect(isOneNode(parseMapping(text)!, 2)).toBe(false);
    }
  });
});
