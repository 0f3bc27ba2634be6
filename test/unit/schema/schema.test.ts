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

test('an object with a default may be left out', () => {
  const schema = t.wire({ system: t.wire({ duration: t.number({ default: 0 }), cwd: t.optional(t.string()) }, { default: {} }) });
  expect(schema.parse({})).toEqual({ system: { duration: 0 } });
  expect(schema.parse({ system: { cwd: '/' } })).toEqual({ system: { duration: 0, cwd: '/' } });
  expect(() => schema.parse({ system: null })).toThrow('Expected object, got null');
  expect(t.object({ grace: t.number() }, { default: { grace: 1 } }).parse(undefined)).toEqual({ grace: 1 });
});

test('a value that is no object speaks as the library does, too', () => {
  expect(t.wire(t.int()).parse(2)).toBe(2);
  expect(() => t.wire(t.int()).parse('2')).toThrow('Expected integer, got string');
  expect(() => t.wire(t.string()).parse(null)).toThrow('Expected string, got null');
  expect(() => t.int().parse('2')).toThrow('expected integer, got "2"');
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

describe('errors in words of their own', () => {
  const period = t.worded(t.duration({ default: 2 }), (value, reason) => `bad period ${value}: ${reason}`);

  test('are the whole text, made of the value and the reason', () => {
    const schema = t.object({ period, mode: t.worded(t.oneOf(['a', 'b'], { default: 'a' }), 'no such mode') });
    expect(schema.parse({}, { name: 'm' })).toEqual({ period: 2, mode: 'a' });
    expect(() => schema.parse({ mode: 'c' }, { name: 'm' })).toThrow(/^no such mode$/);
    expect(() => schema.parse({ period: 'x' })).toThrow(
      'bad period x: period: expected duration (seconds, or a string such as "30s" or "1.5h"), got "x"',
    );
  });

  test('begin with the title of the object, whatever reads it', () => {
    const schema = t.wire({ path: t.optional(t.string()) }, { unknown: 'reject', title: 'error parsing [resource]' });
    expect(() => schema.parse({ path: 1 }, { name: 'resource' })).toThrow(/^error parsing \[resource]: Expected string, got integer$/);
    expect(() => schema.parse({ foo: 1, bar: 2 })).toThrow('error parsing [resource]: 2 object item(s) left unpacked: foo, bar');
  });

  test('of an argument that is not known name it as it was given', () => {
    const schema = t.object({ log: t.optional(t.string()) }, { unknownText: (arg) => `Unknown option \`${arg}'` });
    for (const arg of ['frob', 'frob=1', 'a.b=1', '=1'])
      expect(() => parseArgs('m', ['log=x', arg], schema)).toThrow(new RegExp(`^Unknown option \`${arg}'$`));
  });
});

describe('what is told of where a value is read', () => {
  const reported: string[] = [];
  const report = (text: string) => reported.push(text);
  afterEach(() => reported.splice(0));

  test('an unknown key is dropped, and named', () => {
    const schema = t.object({ max: t.optional(t.int()) }, { unknown: 'report', unknownText: (arg) => `unknown: ${arg}` });
    expect(parseArgs('m', ['x=1', 'max=2', 'y'], schema, report)).toEqual({ max: 2 });
    expect(reported).toEqual(['unknown: x=1', 'unknown: y']);
    expect(t.object({ max: t.optional(t.int()) }, { unknown: 'report' }).parse({ maxx: 1 }, { name: 'm', report })).toEqual({});
    expect(reported.at(-1)).toBe('m: maxx: unknown key; did you mean max?');
  });

  test('a lenient value that is wrong gives way to its default', () => {
    const limit = t.transform(t.string(), (text) => Number.parseInt(text, 10), { default: 8 });
    const schema = t.object({ limit: t.lenient(t.worded(limit, 'bad limit')), on: t.lenient(t.boolean({ default: true })) });
    expect(parseArgs('m', ['limit=12', 'on=x'], schema, report)).toEqual({ limit: 12, on: true });
    expect(reported).toEqual(['m: on: expected boolean, got "x"']);
    expect(schema.parse({ limit: 3 }, { report })).toEqual({ limit: 8, on: true });
    expect(reported.at(-1)).toBe('bad limit');
  });

  test('a lenient table that is wrong counts as none', () => {
    const schema = t.lenient(t.optional(t.wire({ path: t.optional(t.string()) }, { title: 'error reading config' })));
    expect(schema.parse({ path: 1 }, { name: 'm', report })).toBeUndefined();
    expect(reported).toEqual(['error reading config: Expected string, got integer']);
  });

  test('where unknown arguments are ignored, none is malformed', () => {
    const schema = t.object({ path: t.optional(t.string()) }, { unknown: 'ignore' });
    expect(parseArgs('m', ['=8', 'a..b', 'path=x', 'other'], schema)).toEqual({ path: 'x' });
  });

  test('of a logged schema whoever asked gets no text', () => {
    const schema = t.logged(t.object({ period: t.duration({ default: 2 }) }, { unknownText: (arg) => `unknown option: ${arg}` }));
    expect(parseArgs('m', ['period=1m'], schema, report)).toEqual({ period: 60 });
    expect(() => parseArgs('m', ['frob=1'], schema, report)).toThrow(expect.objectContaining({ code: 'EINVAL', text: undefined }));
    expect(reported).toEqual(['unknown option: frob=1']);
  });

  test('where nobody is to be told of it, it is an error', () => {
    expect(() => t.lenient(t.int({ default: 1 })).parse('x')).toThrow('expected integer, got "x"');
    expect(() => t.object({}, { unknown: 'report' }).parse({ a: 1 })).toThrow('a: unknown key');
  });
});

test("an object on the wire must be there, even if none of its members need be; people's need not", () => {
  const inner = { path: t.optional(t.string()) };
  expect(t.object({ inner: t.object(inner) }).parse({})).toEqual({ inner: {} });
  expect(() => t.wire({ inner: t.wire(inner) }).parse({})).toThrow('Object item not found: inner');
  expect(t.wire({ inner: t.optional(t.wire(inner)) }).parse({})).toEqual({});
});
