import { FluxError, t } from 'flux';
import { allocModes } from 'flux/internal';

const DEFAULT_LIMIT = 8;

/** Arguments of the module (docs/protocol/resource-sched.md §7.1). A bad value is logged and the default kept; an unknown argument fails the load. */
export const options = t.object(
  {
    /** How many alloc requests the job manager may have pending; 0: any number. */
    mode: t.lenient(t.transform(t.string(), limitOf, { default: DEFAULT_LIMIT })),
    'alloc-mode': t.lenient(t.worded(t.oneOf(allocModes, { default: 'worst-fit' }), (mode) => `unknown allocation mode: ${mode}`)),
    /** Every free fails (for tests). */
    'test-free-nolookup': t.boolean({ default: false }),
  },
  { unknownText: (arg) => `Unknown module option: '${arg}'` },
);

export type SchedOptions = t.infer<typeof options>;

function limitOf(mode: string): number {
  if (mode === 'unlimited') return 0;
  if (!mode.startsWith('limited=')) throw new FluxError('EINVAL', `unknown mode: ${mode}`);
  const limit = /^[0-9]+$/.test(mode.slice(8)) ? Number(mode.slice(8)) : 0;
  if (limit === 0) throw new FluxError('EINVAL', `invalid limited value: ${mode}`);
  return limit;
}
