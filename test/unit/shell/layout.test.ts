import { parseShellJobspec } from '../../../core/shell/job/jobspec';
import { parseShellR } from '../../../core/shell/job/resource-set';
import { TaskLayout } from '../../../core/shell/job/task-layout';
import { golden } from '../formats/golden';

interface Case {
  R_lite: object[];
  per_resource: { type: string; count: number } | null;
  ntasks: number | null;
  cores_per_slot: number | null;
  result:
    | { ranks?: undefined }
    | {
        ntasks: number;
        nodes: number;
        ranks: { rank: number; ntasks: number; basis: number; cores: string; gpus: string }[];
      };
}

const { task_distribution: cases } = golden<{ task_distribution: Case[] }>('shell.json');

function layout({ R_lite, per_resource, ntasks, cores_per_slot }: Case): TaskLayout {
  const R = parseShellR(JSON.stringify({ version: 1, execution: { R_lite } }));
  const jobspec = parseShellJobspec(
    JSON.stringify({
      version: 1,
      resources: [{ type: 'slot', count: 1, with: [{ type: 'core', count: 1 }] }],
      tasks: [{ command: ['x'], count: { total: ntasks ?? 1 } }],
      attributes: { system: { shell: { options: per_resource ? { 'per-resource': per_resource } : {} } } },
    }),
  );
  return TaskLayout.of(R, { ...jobspec, coresPerSlot: cores_per_slot ?? 1 });
}

describe('task layout', () => {
  test.each(cases.map((c) => [JSON.stringify([c.ntasks, c.cores_per_slot, c.per_resource, c.R_lite]), c] as const))('%s', (_, c) => {
    if (c.result.ranks === undefined) {
      expect(() => layout(c)).toThrow(/^error distributing/);
      return;
    }
    const made = layout(c);
    expect({ ntasks: made.ntasks, nodes: made.size }).toEqual({ ntasks: c.result.ntasks, nodes: c.result.nodes });
    expect(
      made.R.shells.map((shell, i) => ({
        rank: shell.brokerRank,
        ntasks: made.counts[i],
        cores: shell.cores,
        gpus: shell.gpus,
        ...(made.counts[i] ? { basis: made.taskRanks(i)[0] } : {}),
      })),
    ).toEqual(c.result.ranks.map(({ rank, ntasks, cores, gpus, basis }) => ({ rank, ntasks, cores, gpus, ...(ntasks ? { basis } : {}) })));
  });

  test('more tasks than fit are refused, with the jobspec’s number', () => {
    expect(() => layout({ ...cases[0]!, ntasks: 100, cores_per_slot: 1 })).toThrow('error distributing 100 tasks over R');
  });
});

describe('R of a shell', () => {
  test.each([
    ['{', /^error parsing R: /],
    ['{"version":2,"execution":{"R_lite":[]}}', /^error decoding R$/],
    ['{"version":1,"execution":{"R_lite":[{"rank":"0","children":{}}]}}', /^error decoding R$/],
    ['{"version":1,"execution":{"R_lite":[{"rank":"0","children":{"core":"0-1024"}}]}}', /^error decoding R$/],
    ['{"version":1,"execution":{"R_lite":[{"rank":"0","children":{"core":"01"}}]}}', /^error decoding R$/],
  ])('%s is refused', (text, message) => {
    expect(() => parseShellR(text)).toThrow(message);
  });
});
