import { IdSet } from '../../../core/formats/idset';
import { parseSynthetic } from '../../../core/resource/synthetic';
import { distributeTasks, Topology } from '../../../core/resource/topology';
import { golden, outcome } from '../formats/golden';

interface Case {
  topology: string;
  cores: string;
  ntasks: number;
  on: string;
  'per-task': string[];
}
const { cpu_affinity_per_task } = golden<{ cpu_affinity_per_task: { cases: Case[] } }>('shell.json');

describe('a topology', () => {
  test.each(cpu_affinity_per_task.cases)('shares cores $cores of $topology among $ntasks tasks as recorded', (c) => {
    const topology = parseSynthetic(c.topology);
    const cores = IdSet.parse(c.cores);
    expect(topology.pusOfCores(cores).encode()).toBe(c.on);
    expect(distributeTasks(topology, cores, c.ntasks).map(String)).toEqual(c['per-task']);
  });

  // Two packages of two cores with two threads each, numbered the way Linux does it.
  const files: Record<string, string> = { online: '0-7\n' };
  for (let cpu = 0; cpu < 8; cpu++) {
    files[`cpu${cpu}/topology/core_cpus_list`] = `${cpu % 4},${(cpu % 4) + 4}\n`;
    files[`cpu${cpu}/topology/physical_package_id`] = `${cpu % 2}\n`;
  }
  const read = (path: string) => files[path];

  test('is read from /sys, cores in the order of packages', () => {
    const topology = Topology.fromSys({ cpus: IdSet.parse('0-7'), read });
    expect(topology.cores().map(({ pus }) => pus.encode())).toEqual(['0,4', '2,6', '1,5', '3,7']);
    expect(topology.toRlist(3, 'n3').dumps()).toBe('rank3/core[0-3]');
  });

  test('counts only cores with a usable CPU, from 0', () => {
    const topology = Topology.fromSys({ cpus: IdSet.parse('5,7'), read });
    expect(topology.cores().map(({ pus }) => pus.encode())).toEqual(['5', '7']);
    expect(topology.toRlist(0, 'n').dumps()).toBe('rank0/core[0-1]');
  });

  test('falls back to older files, and to a core per CPU', () => {
    const old = (path: string) =>
      files[path.replace('thread_siblings_list', 'core_cpus_list')] && !path.includes('core_cpus')
        ? files[path.replace('thread_siblings_list', 'core_cpus_list')]
        : undefined;
    expect(Topology.fromSys({ cpus: IdSet.parse('0-7'), read: old }).cores()).toHaveLength(4);
    expect(Topology.fromSys({ cpus: IdSet.parse('0-2'), read: () => undefined }).cores()).toHaveLength(3);
  });

  test('of this machine has at least one core', () => {
    const list = Topology.fromSys().toRlist(0, 'here');
    expect(list.count('core')).toBeGreaterThan(0);
  });

  test('has no core that does not exist', () => {
    expect(outcome(() => parseSynthetic('core:2 pu:1').pusOfCores(IdSet.of(2)))).toEqual({ errno: 'EINVAL' });
  });
});
