import { Hostlist } from '../../../core/formats/hostlist';
import { golden, outcome } from './golden';

interface Listed {
  in: string;
  encoded?: string;
  count?: number;
  hosts?: string[];
  errno?: string;
  wart?: boolean;
}
interface Cases {
  decode: Listed[];
  sort: Listed[];
  uniq: Listed[];
  nth: { in: string; n: number; host?: string; errno?: string }[];
  find: { in: string; host: string; index?: number; errno?: string }[];
  delete: (Listed & { hosts_arg: string; deleted?: number })[];
  append: (Listed & { hosts_arg: string; appended?: number })[];
}
const { hostlist } = golden<{ hostlist: Cases }>('sets.json');

function describeList(list: Hostlist): object {
  return { encoded: list.encode(), count: list.count, ...(list.count <= 64 ? { hosts: [...list] } : {}) };
}
function expected({ encoded, count, hosts, errno }: Listed): object {
  return errno ? { errno } : { encoded, count, ...(hosts ? { hosts } : {}) };
}

describe('hostlist', () => {
  test.each(hostlist.decode.filter((c) => !c.wart))('decodes $in', (c) => {
    expect(outcome(() => describeList(Hostlist.parse(c.in)))).toEqual(expected(c));
  });
  test.each(hostlist.sort)('sorts $in', (c) => {
    expect(describeList(Hostlist.parse(c.in).sort())).toEqual(expected(c));
  });
  test.each(hostlist.uniq)('drops duplicates of $in', (c) => {
    expect(describeList(Hostlist.parse(c.in).uniq())).toEqual(expected(c));
  });
  test.each(hostlist.nth)('has at index $n of $in the recorded host', (c) => {
    expect(outcome(() => Hostlist.parse(c.in).nth(c.n))).toEqual(c.host ?? { errno: c.errno });
  });
  test.each(hostlist.find)('finds $host in $in', (c) => {
    expect(outcome(() => Hostlist.parse(c.in).find(c.host))).toEqual(c.index ?? { errno: c.errno });
  });
  test.each(hostlist.delete)('deletes $hosts_arg from $in', (c) => {
    const list = Hostlist.parse(c.in);
    const deleted = outcome(() => list.delete(c.hosts_arg));
    expect(deleted).toEqual(c.deleted ?? { errno: c.errno });
    if (!c.errno) expect(describeList(list)).toEqual(expected(c));
  });
  test.each(hostlist.append)('appends $hosts_arg to $in', (c) => {
    const list = Hostlist.parse(c.in);
    const appended = outcome(() => list.append(c.hosts_arg));
    expect(appended).toEqual(c.appended ?? { errno: c.errno });
    expect(describeList(list)).toEqual(c.errno ? describeList(Hostlist.parse(c.in)) : expected(c));
  });

  test('expands all brackets of a token', () => {
    expect([...Hostlist.parse('r[1-2]n[1-2]')]).toEqual(['r1n1', 'r1n2', 'r2n1', 'r2n2']);
    expect(Hostlist.parse('r[1-2]n[1-2]').encode()).toBe('r1n[1-2],r2n[1-2]');
    expect(outcome(() => Hostlist.parse('r[0-9999]n[0-9999]').count)).toEqual({ errno: 'ERANGE' });
    expect(outcome(() => Hostlist.parse('r[0-1048575,0-1048575]-ib').count)).toEqual({ errno: 'ERANGE' });
    expect(Hostlist.parse('r[0-1048575,0-1048575]').count).toBe(2097152);
  });

  test.each(['host[1-]', 'host[ 1]', 'host[+1]', 'host[1]]'])('rejects %s, which the reference takes', (text) => {
    expect(outcome(() => Hostlist.parse(text))).toEqual({ errno: 'EINVAL' });
  });

  test('has no limit on the length of names and results', () => {
    const long = `${'x'.repeat(100)}18446744073709551616`;
    expect([...Hostlist.parse(long)]).toEqual([long]);
    const odd = Hostlist.of(...Array.from({ length: 5000 }, (_, i) => `n${2 * i}`));
    expect(Hostlist.parse(odd.encode()).count).toBe(5000);
  });
});
