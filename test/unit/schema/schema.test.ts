import { t } from '../../../core/plugin';
import { parseArgs } from '../../../core/plugin/args';

const limits = t.object({
  max: t.int({ min: 1, default: 10 }),
  grace: t.duration({ default: '1.5m' }),
  queues: t.optional(t.array(t.string())),
  mode: t.oneOf(['soft', 'hard'], { default: 'soft' }),
});

const parse = (value: unknown) => limits.parse(value, { name: 'limits' });

test('defaults are filled in, and what is optional stays away', () => {
  expect(parse({})).toEqual({ max: 10, grace: 90, mode: 'soft' });
  expect(parse(undefined)).toEqual({ max: 10, grace: 90, mode: 'soft' });
});

test('the inferred type has defaults present and optional keys optional', () => {
  const conf: t.infer<typeof limits> = { max: 1, grace: 2, mode: 'hard' };
  const max: number = conf.max;
  const queues: string[] | undefined = conf.queues;
  // @ts-expect-error: not one of the values
  const mode: typeof conf.mode = 'medium';
  expect([max, queues, mode]).toEqual([1, undefined, 'medium']);
});

test.each([
  [{ max: 'x' }, 'limits: max: expected integer >= 1, got "x"'],
  [{ max: 0 }, 'limits: max: expected integer >= 1, got 0'],
  [{ max: 1.5 }, 'limits: max: expected integer >= 1, got 1.5'],
  [{ max: null }, 'limits: max: expected integer >= 1, got null'],
  [{ maxx: 1 }, 'limits: maxx: unknown key; did you mean max?'],
  [{ colour: 1 }, 'limits: colour: unknown key'],
  [{ queues: ['a', 2] }, 'limits: queues[1]: expected string, got 2'],
  [{ mode: 'medium' }, 'limits: mode: expected one of "soft", "hard", got "medium"'],
  [{ grace: 'soon' }, 'limits: grace: expected duration (seconds, or a string such as "30s" or "1.5h"), got "soon"'],
  [[], 'limits: expected object, got []'],
])('%j is refused: %s', (value, text) => {
  expect(() => parse(value)).toThrow(expect.objectContaining({ code: 'EINVAL', message: text }));
});

test('a nested key is named with its path', () => {
  const schema = t.object({ prolog: t.object({ command: t.array(t.string(), { minLength: 1 }) }) });
  expect(() => schema.parse({ prolog: {} }, { name: 'perilog' })).toThrow('perilog: prolog.command: is required');
  expect(() => schema.parse({})).toThrow('prolog: is required');
  expect(() => schema.parse({ prolog: { command: [] } })).toThrow('prolog.command: expected array of 1 or more of string, got []');
});

test('unknown keys can be ignored or kept', () => {
  expect(t.object({}, { unknown: 'ignore' }).parse({ a: 1 })).toEqual({});
  expect(t.object({}, { unknown: 'keep' }).parse({ a: 1 })).toEqual({ a: 1 });
});

test('a union takes what any of its members takes', () => {
  const schema = t.union(t.int(), t.record(t.boolean()));
  const value: number | Record<string, boolean> = schema.parse({ a: true });
  expect(value).toEqual({ a: true });
  expect(() => schema.parse('x')).toThrow('expected integer or object, got "x"');
});

test('strings are not numbers unless coerced', () => {
  const schema = t.object({ n: t.number(), on: t.boolean(), list: t.array(t.int()), any: t.any() });
  expect(schema.parse({ n: '1e3', on: 'true', list: '1,2', any: '3' }, { coerce: true })).toEqual({
    n: 1000,
    on: true,
    list: [1, 2],
    any: '3',
  });
  expect(() => schema.parse({ n: '1', on: true, list: [], any: 0 })).toThrow('n: expected number, got "1"');
  expect(() => t.int().parse('', { coerce: true })).toThrow('expected integer, got ""');
});

test('a default belongs to whoever gets it', () => {
  const schema = t.object({ list: t.array(t.int(), { default: [1] }) });
  schema.parse({}).list.push(2);
  schema.parse(undefined).list.push(3);
  expect([schema.parse({}), schema.parse(undefined)]).toEqual([{ list: [1] }, { list: [1] }]);
});

test('keys of Object.prototype are keys like others', () => {
  expect(() => t.object({ toString: t.string() }).parse({})).toThrow('toString: is required');
  expect(() => limits.parse(JSON.parse('{"__proto__": 1}'))).toThrow('__proto__: unknown key');
});

test('module arguments are read as key=value, a bare word as true, dots nest', () => {
  const schema = t.object({
    'queue-depth': t.int(),
    verbose: t.boolean({ default: false }),
    log: t.object({ level: t.string({ default: 'info' }) }),
  });
  expect(parseArgs('sched', ['queue-depth=8', 'verbose', 'log.level=a=b'], schema)).toEqual({
    'queue-depth': 8,
    verbose: true,
    log: { level: 'a=b' },
  });
  expect(parseArgs('sched', ['a.b=1', 'c'], undefined)).toEqual({ a: { b: '1' }, c: 'true' });
  expect(() => parseArgs('sched', ['queue-dept=8'], schema)).toThrow('sched: queue-depth: is required');
  expect(() => parseArgs('sched', ['queue-depth=8', 'verbos'], schema)).toThrow('sched: verbos: unknown key; did you mean verbose?');
  expect(() => parseArgs('sched', ['=8'], schema)).toThrow('sched: malformed argument "=8"');
});
