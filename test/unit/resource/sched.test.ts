import { Hostlist } from '../../../core/formats/hostlist';
import { IdSet } from '../../../core/formats/idset';
import { encodeJson } from '../../../core/formats/json';
import { parseRequest } from '../../../core/resource/request';
import { makeNode, Rlist } from '../../../core/resource/rlist';
import { type AllocMode, allocate, checkFeasible } from '../../../core/resource/rlist-alloc';
import { hostsToRanks, parseTargets } from '../../../core/resource/targets';
import { ranksOfTargets } from '../../../plugins/resource/targets';
import { golden, outcome } from '../formats/golden';

interface Step {
  op: 'alloc' | 'free' | 'set_allocated' | 'up' | 'down';
  nnodes: number;
  nslots: number;
  slot_size: number;
  ids: string;
  R?: unknown;
  summary?: string;
  errno?: string;
  avail: number;
}
interface Sequence {
  inventory: string;
  what: string;
  mode: AllocMode;
  down?: string;
  wart?: boolean;
  steps: Step[];
}
interface RequestCase {
  jobspec: unknown;
  nnodes?: number;
  nslots?: number;
  slot_size?: number;
  duration?: number;
  error?: string;
}
const { alloc, jobspec_request, hosts_to_ranks } = golden<{
  alloc: { inventories: Record<string, unknown>; sequences: Sequence[] };
  jobspec_request: { cases: RequestCase[] };
  hosts_to_ranks: { cases: { hosts: string; ranks?: string; error?: string }[] };
}>('sets.json');

describe('allocation', () => {
  const sequences = alloc.sequences.filter((s) => !s.wart).map((s, i) => [`${i} ${s.inventory} ${s.what} ${s.mode}`, s] as const);
  test.each(sequences)('goes as recorded: %s', (_, sequence) => {
    const inventory = Rlist.fromR(alloc.inventories[sequence.inventory]);
    if (sequence.down) inventory.markDown(IdSet.parse(sequence.down));
    for (const [i, step] of sequence.steps.entries()) {
      expect([i, outcome(() => run(inventory, step, sequence.mode)), inventory.freeCount()]).toEqual([i, expectedOf(step), step.avail]);
    }
  });

  function run(inventory: Rlist, step: Step, mode: AllocMode): object {
    if (step.op === 'up' || step.op === 'down') {
      inventory[step.op === 'up' ? 'markUp' : 'markDown'](IdSet.parse(step.ids));
      return {};
    }
    if (step.op === 'alloc') {
      const taken = allocate(inventory, { nnodes: step.nnodes, nslots: step.nslots, slotSize: step.slot_size, duration: 0 }, mode);
      return { R: JSON.parse(encodeJson(taken.toR())), summary: taken.dumps() };
    }
    inventory[step.op === 'free' ? 'free' : 'setAllocated'](Rlist.fromR(step.R));
    return {};
  }

  function expectedOf(step: Step): object {
    if (step.errno) return { errno: step.errno };
    return step.op === 'alloc' ? { R: step.R, summary: step.summary } : {};
  }

  test('skips down nodes in every mode', () => {
    for (const mode of ['worst-fit', 'best-fit', 'first-fit'] as const) {
      const inventory = Rlist.fromR(alloc.inventories['4x4']).markDown(IdSet.parse('0,2'));
      expect(allocate(inventory, { nnodes: 0, nslots: 5, slotSize: 1, duration: 0 }, mode).dumps()).toBe('rank1/core[0-3] rank3/core0');
    }
  });

  test('leaves states and totals of its inventory readable', () => {
    const inventory = Rlist.fromR(alloc.inventories['gpu']).markDown(IdSet.of(2));
    allocate(inventory, { nnodes: 0, nslots: 2, slotSize: 2, duration: 0 });
    expect(inventory.copyAllocated().dumps()).toBe('rank0/core[0-3]');
    expect(inventory.copyDown().encode()).toContain('"R_lite":[{"rank":"2","children":{"core":"0-1"}}]');
    expect(inventory.dumps()).toBe('rank0/gpu[0-1] rank1/core[0-3],gpu[0-1]');
    expect(inventory.count('core')).toBe(10);
    expect(new Rlist().encode()).toBe('{"version":1,"execution":{"R_lite":[],"starttime":0.0,"expiration":0.0,"nodelist":[""]}}');
  });

  test('tells what could ever be placed', () => {
    const inventory = Rlist.fromR(alloc.inventories['2x2']).markDown(IdSet.parse('0-1'));
    checkFeasible(inventory, { nnodes: 2, nslots: 2, slotSize: 2, duration: 0 });
    expect(outcome(() => checkFeasible(inventory, { nnodes: 3, nslots: 3, slotSize: 1, duration: 0 }))).toEqual({ errno: 'EOVERFLOW' });
    expect(inventory.freeCount()).toBe(0);
  });
});

describe('the request of a jobspec', () => {
  test.each(jobspec_request.cases.map((c) => [encodeJson(c.jobspec), c] as const))('is read from %s', (_, c) => {
    if (c.error) expect(() => parseRequest(c.jobspec)).toThrow(c.error);
    else expect(parseRequest(c.jobspec)).toEqual({ nnodes: c.nnodes, nslots: c.nslots, slotSize: c.slot_size, duration: c.duration });
  });
});

describe('targets of drain and exclude', () => {
  const nodelist = Hostlist.parse('foo0,foo1,foo1,bar');
  const r = new Rlist();
  r.nodes = [...nodelist].map((hostname, rank) => makeNode({ rank, hostname }, new Map()));
  test.each(hosts_to_ranks.cases)('stand for ranks: $hosts', ({ hosts, ranks, error }) => {
    if (error) {
      expect(() => hostsToRanks(hosts, nodelist)).toThrow(error);
      expect(() => ranksOfTargets(hosts, r)).toThrow(`invalid targets: ${error}`);
    } else expect(ranksOfTargets(hosts, r).encode()).toBe(ranks);
  });
  test('are ranks of R, which need not begin at 0', () => {
    const few = r.copyRanks(IdSet.parse('2-3'));
    expect(ranksOfTargets('foo1', few).encode()).toBe('2');
    expect(() => ranksOfTargets('foo0', few)).toThrow('invalid targets: invalid hosts: foo0');
  });
  test('count by the ranks that the hosts are of', () => {
    expect(parseTargets('foo1,bar', nodelist, [2, 5, 6, 9]).encode()).toBe('5-6,9');
  });
  test('may be an idset', () => {
    expect(ranksOfTargets('7-9', r).encode()).toBe('7-9');
  });
});
