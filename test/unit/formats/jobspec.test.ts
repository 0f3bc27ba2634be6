import fs from 'node:fs';
import path from 'node:path';
import { createJobspec, getAttribute, jobspecDuration, redactEnvironment, setAttribute } from '../../../core/formats/jobspec';
import { validateJobspec } from '../../../core/formats/jobspec-validate';
import { decodeJson, encodeJson, type JsonObject } from '../../../core/formats/json';
import { differingVerdicts } from '../../contract/exceptions';
import { outcome } from './golden';

interface Case {
  case: string;
  jobspec: unknown;
  result: { errnum?: number; errstr?: string; validator_exits?: number };
}
const text = fs.readFileSync(path.join(__dirname, '../../golden/jobs.json'), 'utf8').replace(/": Infinity\b/g, '": 1e308');
const { validator } = decodeJson(text, { reals: true }) as unknown as { validator: Case[] };

describe('the jobspec validator', () => {
  test.each(validator)('answers as recorded: $case', ({ case: name, jobspec, result }) => {
    const got = validateJobspec(jobspec);
    const differing = differingVerdicts[name];
    if (differing) expect([result, got]).toEqual([{ errnum: 0 }, { errnum: 1, errstr: differing[0] }]);
    else if (result.errnum === 0) expect(got).toEqual({ errnum: 0 });
    // The reference dies of these, or tells of its language: any EPERM text will do.
    else if (result.validator_exits || /object is not|has no|is not iterable|object of type|argument of/.test(result.errstr!))
      expect(got).toEqual({ errnum: 1, errstr: expect.any(String) });
    else expect(got).toEqual(result);
  });

  test('checks only the general rules of other versions when any is allowed', () => {
    const task = { command: ['x'], slot: 'y', count: { total: 1 } };
    const range = { min: 1, max: 4, operator: '+', operand: 1 };
    const jobspec = { version: 2, resources: [{ type: 'node', count: range }], tasks: [task], attributes: {} };
    expect(validateJobspec(jobspec)).toEqual({ errnum: 1, errstr: 'version must be 1' });
    expect(validateJobspec(jobspec, { requireVersion: 'any' })).toEqual({ errnum: 0 });
  });
});

describe('createJobspec', () => {
  test('passes over variables that are not set', () => {
    const { attributes } = createJobspec({ command: ['true'], environment: { A: 'b', NOT_SET: undefined } });
    expect(attributes).toEqual({ system: { duration: 0, environment: { A: 'b' } } });
  });

  test('lays out as flux mini does', () => {
    expect(encodeJson(createJobspec({ command: ['true'], duration: 5, cwd: '/tmp', environment: { A: 'b' } }))).toBe(
      '{"resources":[{"type":"slot","count":1,"with":[{"type":"core","count":1}],"label":"task"}],"tasks":[{"command":["true"],"slot":"task","count":{"per_slot":1}}],' +
        '"attributes":{"system":{"duration":5.0,"cwd":"/tmp","environment":{"A":"b"}}},"version":1}',
    );
    expect(createJobspec({ command: ['x'], ntasks: 5, nnodes: 2, coresPerTask: 2, gpusPerTask: 1 })).toMatchObject({
      resources: [
        {
          type: 'node',
          count: 2,
          with: [
            {
              type: 'slot',
              count: 3,
              with: [
                { type: 'core', count: 2 },
                { type: 'gpu', count: 1 },
              ],
            },
          ],
        },
      ],
      tasks: [{ count: { total: 5 } }],
    });
  });

  test('makes jobspecs that the validator accepts', () => {
    expect(
      validateJobspec(decodeJson(encodeJson(createJobspec({ command: ['a', 'b'], ntasks: 4, nnodes: 2, duration: 1.5 })), { reals: true })),
    ).toEqual({ errnum: 0 });
  });

  test.each([
    [{ command: [] }, 'job command and arguments are missing'],
    [{ ntasks: 0 }, 'task count must be a integer >= 1'],
    [{ nnodes: 0 }, 'node count must be an integer >= 1 (if set)'],
    [{ nnodes: 2 }, 'node count must not be greater than task count'],
    [{ coresPerTask: 0 }, 'cores per task must be an integer >= 1'],
    [{ gpusPerTask: -1 }, 'gpus per task must be an integer >= 0'],
    [{ duration: -1 }, 'time limit must not be negative'],
    [{ duration: Number.NaN }, 'time limit must not be negative'],
    [{ duration: 104249991375 * 86400 }, 'time limit is too long: at most 50000000d can be kept to'],
  ])('refuses %j', (options, message) => {
    expect(() => createJobspec({ command: ['x'], ...options })).toThrow(message);
  });

  test('has attributes that can be set, read and redacted', () => {
    const jobspec = createJobspec({ command: ['x'], duration: 2, environment: { A: 'b' } });
    setAttribute(jobspec, 'system.shell.options.pty', true);
    expect(getAttribute(jobspec, 'system.shell.options')).toEqual({ pty: true });
    expect(getAttribute(jobspec, 'system.nope.x')).toBeUndefined();
    expect(jobspecDuration(jobspec)).toBe(2);
    expect(outcome(() => setAttribute(jobspec, 'system.shell.options.pty.x', 1))).toEqual({ errno: 'EINVAL' });
    const redacted = redactEnvironment(jobspec as unknown as JsonObject);
    expect(getAttribute(redacted, 'system.environment')).toBeUndefined();
    expect(getAttribute(jobspec, 'system.environment')).toEqual({ A: 'b' });
  });
});
