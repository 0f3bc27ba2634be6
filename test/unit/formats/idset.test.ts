import { IDSET_FLAG, IdSet } from '../../../core/formats/idset';
import { golden, outcome } from './golden';

interface Decode {
  in: string;
  ok?: {
    count: number;
    ids?: number[];
    flags0: string;
    range: string;
    brackets: string;
    range_brackets: string;
    first: number | null;
    last: number | null;
  };
  errno?: string;
  wart?: boolean;
}
interface Ops {
  a: string;
  b: string;
  union: string;
  difference: string;
  intersect: string;
  equal: boolean;
  has_intersection: boolean;
}
const { idset } = golden<{ idset: { decode: Decode[]; ndecode: { in: string; n: number; range?: string; errno?: string }[]; ops: Ops[] } }>(
  'sets.json',
);

describe('idset', () => {
  test.each(idset.decode.filter((c) => !c.wart).map((c) => [c.in, c] as const))('decodes %j as recorded', (text, expected) => {
    const { RANGE, BRACKETS } = IDSET_FLAG;
    const got = outcome(() => {
      const set = IdSet.parse(text);
      return {
        ok: {
          count: set.count,
          ...(set.count <= 64 ? { ids: [...set] } : {}),
          flags0: set.encode(0),
          range: set.encode(RANGE),
          brackets: set.encode(BRACKETS),
          range_brackets: set.encode(RANGE | BRACKETS),
          first: set.first() ?? null,
          last: set.last() ?? null,
        },
      };
    });
    expect(got).toEqual(expected.errno ? { errno: expected.errno } : { ok: expected.ok });
  });

  test.each(idset.decode.filter((c) => c.wart).map((c) => c.in))('rejects %j, whose ids exceed 32 bits', (text) => {
    expect(outcome(() => IdSet.parse(text))).toEqual({ errno: 'EINVAL' });
  });

  test.each(idset.ndecode)('decodes the first $n bytes of $in', ({ in: text, n, range, errno }) => {
    expect(outcome(() => IdSet.parse(text.slice(0, n)).encode())).toEqual(errno ? { errno } : range);
  });

  test.each(idset.ops)('combines $a and $b', ({ a, b, ...expected }) => {
    const [x, y] = [IdSet.parse(a), IdSet.parse(b)];
    expect({
      union: x.union(y).encode(),
      difference: x.difference(y).encode(),
      intersect: x.intersect(y).encode(),
      equal: x.equals(y),
      has_intersection: x.hasIntersection(y),
    }).toEqual(expected);
    expect([x.encode(), y.encode()]).toEqual([IdSet.parse(a).encode(), IdSet.parse(b).encode()]);
  });

  test('agrees with a plain Set under random adds and removes', () => {
    const set = new IdSet();
    const model = new Set<number>();
    let seed = 7;
    const random = (n: number) => (seed = (seed * 1103515245 + 12345) & 0x7fffffff) % n;
    for (let i = 0; i < 20000; i++) {
      const lo = random(200);
      const hi = lo + random(8);
      const removing = random(2) === 0;
      if (removing) set.removeRange(lo, hi);
      else set.addRange(lo, hi);
      for (let id = lo; id <= hi; id++) {
        if (removing) model.delete(id);
        else model.add(id);
      }
      if (i % 50) continue;
      const members = [...model].sort((a, b) => a - b);
      expect([...set]).toEqual(members);
      expect(set.count).toBe(members.length);
      expect(IdSet.parse(set.encode()).equals(set)).toBe(true);
      const probe = random(210);
      expect(set.has(probe)).toBe(model.has(probe));
      expect(set.next(probe)).toBe(members.find((id) => id > probe));
    }
  });

  test('handles a range of four thousand million members at once', () => {
    const set = IdSet.range(0, 4294967293).remove(5);
    expect(set.count).toBe(4294967293);
    expect(set.encode()).toBe('0-4,6-4294967293');
    expect(set.next(4)).toBe(6);
    expect(set.next(4294967293)).toBeUndefined();
  });

  test('refuses reserved ids and unknown flags', () => {
    expect(outcome(() => IdSet.of(4294967294))).toEqual({ errno: 'EINVAL' });
    expect(outcome(() => IdSet.of(-1))).toEqual({ errno: 'EINVAL' });
    expect(outcome(() => new IdSet().encode(8))).toEqual({ errno: 'EINVAL' });
  });
});
