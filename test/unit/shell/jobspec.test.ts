import { parseShellJobspec } from '../../../core/shell/job/jobspec';
import { golden } from '../formats/golden';

const { jobspec_errors_standalone: cases } = golden<{ jobspec_errors_standalone: { case: string; jobspec: object; stderr: string }[] }>(
  'shell.json',
);
const prefix = 'flux-shell: ERROR: error parsing jobspec: ';

function outcome(text: string): string {
  try {
    parseShellJobspec(text);
    return '';
  } catch (e) {
    return `${prefix}${(e as Error).message}\n`;
  }
}

describe('jobspec of a shell', () => {
  test.each(cases.map((c) => [c.case, c] as const))('%s', (_, { jobspec, stderr }) => {
    expect(outcome(JSON.stringify(jobspec))).toBe(stderr.startsWith(prefix) ? stderr : '');
  });

  test('counts multiply down to slot and core', () => {
    const spec = parseShellJobspec(
      JSON.stringify({
        version: 1,
        resources: [
          {
            type: 'node',
            count: 2,
            with: [
              {
                type: 'slot',
                count: 3,
                with: [
                  { type: 'gpu', count: 1 },
                  { type: 'core', count: 4 },
                ],
              },
            ],
          },
        ],
        tasks: [{ command: ['a', 'b'], count: { per_slot: 1 } }],
        attributes: { system: {} },
      }),
    );
    expect(spec).toMatchObject({ nnodes: 2, nslots: 6, slotsPerNode: 3, coresPerSlot: 4, ntasks: 6, command: ['a', 'b'], cwd: undefined });
  });
});
