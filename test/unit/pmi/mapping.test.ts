import { formatMapping, mappingOfCounts, parseMapping } from '../../../core/pmi';

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
