import { Topology } from '../../../core/broker/topology';

const seven = Array.from({ length: 7 }, (_, rank) => new Topology(rank, 7));

test('a binary tree of seven', () => {
  expect(seven.map(({ parent }) => parent)).toEqual([undefined, 0, 0, 1, 1, 2, 2]);
  expect(seven.map(({ children }) => children)).toEqual([[1, 2], [3, 4], [5, 6], [], [], [], []]);
  expect(seven.map(({ level }) => level)).toEqual([0, 1, 1, 2, 2, 2, 2]);
  expect(seven.map(({ descendants }) => descendants)).toEqual([6, 2, 2, 0, 0, 0, 0]);
  expect(seven[3]!.maxlevel).toBe(2);
});

test('the way down leads through the child whose subtree has the rank', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 7].map((rank) => seven[0]!.childToward(rank))).toEqual([undefined, 1, 2, 1, 1, 2, 2, undefined]);
  expect([0, 1, 2, 3, 4, 5, 6].map((rank) => seven[1]!.childToward(rank))).toEqual([
    undefined,
    undefined,
    undefined,
    3,
    4,
    undefined,
    undefined,
  ]);
});

test('subtrees as sets', () => {
  expect(new Topology(0, 10).subtree(1).encode()).toBe('1,3-4,7-9');
  expect(new Topology(0, 10, 3).subtree(0).encode()).toBe('0-9');
  expect(new Topology(0, 5, 1).subtree(2).encode()).toBe('2-4');
});

test('every rank but 0 is a child of its parent', () => {
  for (const fanout of [1, 2, 3, 16]) {
    for (let rank = 1; rank < 50; rank++) {
      const { parent } = new Topology(rank, 50, fanout);
      expect(new Topology(parent!, 50, fanout).children).toContain(rank);
    }
  }
});
