import {
  decodeNumbers,
  decodeStrings,
  encodeNumbers,
  encodeStrings,
  type NumberList,
  type StringList,
} from '../../../shell-plugins/mpir/range-lists';
import { golden } from '../formats/golden';

interface Table {
  hosts: StringList;
  executables: StringList;
  ids: NumberList;
  pids: NumberList;
}
const { proctable } = golden<{ proctable: { leader: Table; shell1: Table; expanded_pids: number[] }[] }>('shell.json');

describe('range lists of a process table', () => {
  test('agree with the recorded table', () => {
    const { leader, expanded_pids } = proctable[0]!;
    expect(decodeNumbers(leader.pids)).toEqual(expanded_pids);
    expect(encodeNumbers(expanded_pids)).toEqual(leader.pids);
    expect(encodeNumbers([0, 1, 2, 3])).toEqual(leader.ids);
    expect(encodeStrings(['vm', 'vm', 'vm', 'vm'])).toEqual(leader.hosts);
    expect(decodeStrings(leader.hosts)).toEqual(['vm', 'vm', 'vm', 'vm']);
  });

  test.each([
    [
      ['n1', 'n2', 'n3', 'x', 'n7'],
      [['n', [[1, 2]]], 'x', 'n7'],
    ],
    [['n1', 'n1', 'n'], [['n', [[1, -1], -2]]]],
    [[], []],
  ])('%j is %j', (values, list) => {
    expect(encodeStrings(values)).toEqual(list);
    expect(decodeStrings(encodeStrings(values))).toEqual(values);
  });

  test('any numbers survive', () => {
    for (const values of [[5], [5, 5, 5, 4, 3], [1, 2, 3, 3, 3, 4], [-1, -1, 0], [100, 99, 98]])
      expect(decodeNumbers(encodeNumbers(values))).toEqual(values);
  });
});
