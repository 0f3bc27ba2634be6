import fs from 'node:fs';
import path from 'node:path';
import { decodeJson, isJsonObject, type JsonValue, Raw, Real } from '../../../../core/formats/json';
import { spacedJson } from '../../../../core/formats/spaced-json';
import { anchoredRegExp, pythonRegExp } from '../../../args/pyregex';
import { intError, parseFloat10, parseInt10, reprFloat } from '../../../args/python';
import { type CommandContext, CommandError } from '../../../command';
import { itertoolsModule } from './itertools';
import { basename, dirname, splitext } from './paths';
import { stringMethods } from './string-methods';
import { call, compare, equal, items, numeric, PyNamespace, type PyVal, pyRepr, pyText, truth, typeName } from './values';

/** What os knows of the process. */
export type Place = Pick<CommandContext, 'env' | 'cwd'>;

/** The names that expressions see besides `x`: constants, builtin functions, and the modules os, re, json, random, itertools. */
export function standardNames(place: Place): Map<string, PyVal> {
  return new Map<string, PyVal>([
    ['None', null],
    ['True', true],
    ['False', false],
    ...Object.entries(builtins),
    ['os', osModule(place)],
    ['re', reModule],
    ['json', jsonModule],
    ['random', randomModule],
    ['itertools', itertoolsModule],
  ]);
}

/** `value.name` */
export function attributeOf(value: PyVal, name: string): PyVal {
  if (value instanceof PyNamespace && Object.hasOwn(value.members, name)) return value.members[name]!;
  if (typeof value === 'string' && Object.hasOwn(stringMethods, name)) {
    const method = stringMethods[name]!;
    return (args, named) => method(value, args, named);
  }
  if (value instanceof Map && Object.hasOwn(dictMethods, name)) return (args) => dictMethods[name]!(value, args);
  if (Array.isArray(value) && Object.hasOwn(listMethods, name)) return (args) => listMethods[name]!(value, args);
  throw new CommandError(`'${typeName(value)}' object has no attribute '${name}'`);
}

type Method<T> = (self: T, args: PyVal[]) => PyVal;

const dictMethods: Readonly<Record<string, Method<Map<PyVal, PyVal>>>> = {
  get: (self, [key = null, fallback = null]) => self.get(key) ?? fallback,
  keys: (self) => [...self.keys()],
  values: (self) => [...self.values()],
  items: (self) => [...self.entries()].map(([key, value]) => [key, value]),
};

const listMethods: Readonly<Record<string, Method<PyVal[]>>> = {
  index: (self, [item = null]) => {
    const at = self.findIndex((member) => equal(member, item));
    if (at < 0) throw new CommandError(`${pyRepr(item)} is not in list`);
    return at;
  },
  count: (self, [item = null]) => self.filter((member) => equal(member, item)).length,
};

const candidates = (args: PyVal[]): PyVal[] => (args.length === 1 ? items(args[0]!) : args);
const sortedBy = (list: PyVal[], key: PyVal | undefined) => {
  const of = (item: PyVal) => (typeof key === 'function' ? key([item], new Map()) : item);
  return [...list].sort((a, b) => compare(of(a), of(b)));
};

const builtins: Readonly<Record<string, PyVal>> = {
  str: ([value = '']) => pyText(value),
  repr: ([value = null]) => pyRepr(value),
  bool: ([value = false]) => truth(value),
  int: ([value = 0, base]) => toInt(value, base),
  float: ([value = 0]) => toFloat(value),
  len: ([value = null]) => items(value).length,
  abs: ([value = 0]) => keepKind(value, Math.abs),
  round: ([value = 0, digits]) => round(value, digits),
  min: (args) => sortedBy(candidates(args), undefined)[0] ?? null,
  max: (args) => sortedBy(candidates(args), undefined).at(-1) ?? null,
  sum: ([list = []]) => sum(items(list)),
  any: ([list = []]) => items(list).some(truth),
  all: ([list = []]) => items(list).every(truth),
  list: ([value = []]) => [...items(value)],
  tuple: ([value = []]) => [...items(value)],
  reversed: ([value = []]) => [...items(value)].reverse(),
  sorted: ([value = []], named) => {
    const list = sortedBy(items(value), named.get('key'));
    return truth(named.get('reverse') ?? false) ? list.reverse() : list;
  },
  range: (args) => range(args.map((arg) => numeric(arg) ?? Number.NaN)),
  enumerate: ([value = [], start = 0]) => items(value).map((item, i) => [i + numeric(start)!, item]),
  zip: (args) => zip(args.map(items)),
  map: ([f = null, list = []]) => items(list).map((item) => call(f, item)),
  filter: ([f = null, list = []]) => items(list).filter((item) => truth(f === null ? item : call(f, item))),
  ord: ([value = '']) => pyText(value).codePointAt(0) ?? 0,
  chr: ([value = 0]) => String.fromCodePoint(numeric(value) ?? 0),
  hex: ([value = 0]) => `0x${(numeric(value) ?? 0).toString(16)}`,
};

function toInt(value: PyVal, base: PyVal | undefined): PyVal {
  const number = numeric(value);
  if (number !== undefined) return Math.trunc(number);
  const text = pyText(value);
  const parsed = base === undefined ? Number(parseInt10(text) ?? Number.NaN) : Number.parseInt(text, numeric(base) || 10);
  if (Number.isNaN(parsed)) throw new CommandError(intError(text));
  return parsed;
}

function toFloat(value: PyVal): Real {
  const number = numeric(value) ?? parseFloat10(pyText(value));
  if (number === undefined) throw new CommandError(`could not convert string to float: ${pyRepr(value)}`);
  return new Real(number);
}

function keepKind(value: PyVal, change: (number: number) => number): PyVal {
  const result = change(numeric(value) ?? Number.NaN);
  return value instanceof Real ? new Real(result) : result;
}

function round(value: PyVal, digits: PyVal | undefined): PyVal {
  const number = numeric(value) ?? Number.NaN;
  if (digits !== undefined) return new Real(Number(number.toFixed(numeric(digits))));
  const floor = Math.floor(number);
  const fraction = number - floor;
  return fraction > 0.5 || (fraction === 0.5 && floor % 2 !== 0) ? floor + 1 : floor;
}

function sum(list: PyVal[]): PyVal {
  const total = list.reduce<number>((left, item) => left + (numeric(item) ?? Number.NaN), 0);
  return list.some((item) => item instanceof Real) ? new Real(total) : total;
}

function range([first = 0, second, step = 1]: number[]): PyVal[] {
  const [from, to] = second === undefined ? [0, first] : [first, second];
  return Array.from({ length: Math.max(Math.ceil((to - from) / step), 0) }, (_, i) => from + i * step);
}

function zip(lists: PyVal[][]): PyVal[] {
  const length = Math.min(...lists.map((list) => list.length));
  return Array.from({ length: Number.isFinite(length) ? length : 0 }, (_, i) => lists.map((list) => list[i]!));
}

function osModule({ env, cwd }: Place): PyNamespace {
  const text =
    (f: (...texts: string[]) => PyVal): PyVal =>
    (args) =>
      f(...args.map(pyText));
  const members: Record<string, PyVal> = {
    basename: text((name = '') => basename(name)),
    dirname: text((name = '') => dirname(name)),
    join: text((...names) =>
      names.reduce((left, right) => (right.startsWith('/') ? right : `${left}${left === '' || left.endsWith('/') ? '' : '/'}${right}`)),
    ),
    splitext: text((name = '') => splitext(name)),
    split: text((name = '') => [dirname(name), basename(name)]),
    abspath: text((name = '') => path.resolve(cwd, name)),
    normpath: text((name = '') => path.posix.normalize(name)),
    exists: text((name = '') => fs.existsSync(path.resolve(cwd, name))),
    isabs: text((name = '') => name.startsWith('/')),
  };
  return new PyNamespace('os', {
    path: new PyNamespace('posixpath', members),
    environ: new Map(Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))),
    getcwd: () => cwd,
    sep: '/',
  });
}

const expression = (pattern: PyVal, flags = '') => pythonRegExp(pyText(pattern), flags);
const template = (text: string) =>
  text
    .replaceAll('$', '$$$$')
    .replace(/\\(?:(\d)|g<(\w+)>)/g, (_, digit, name) => (digit ? `$${digit}` : /^\d/.test(name) ? `$${name}` : `$<${name}>`));
const matchOf = (found: RegExpExecArray | null): PyVal =>
  found &&
  new PyNamespace('re.Match', {
    group: ([which = 0]) => (typeof which === 'string' ? found.groups?.[which] : found[numeric(which)!]) ?? null,
    groups: () => found.slice(1).map((group) => group ?? null),
  });

const reModule = new PyNamespace('re', {
  sub: ([pattern = '', by = '', text = '', count = 0]) => {
    let left = numeric(count) || Number.POSITIVE_INFINITY;
    const replacement = template(pyText(by));
    return pyText(text).replace(expression(pattern, 'g'), (whole) =>
      left-- > 0 ? whole.replace(expression(pattern), replacement) : whole,
    );
  },
  match: ([pattern = '', text = '']) => matchOf(anchoredRegExp(pyText(pattern)).exec(pyText(text))),
  fullmatch: ([pattern = '', text = '']) => matchOf(anchoredRegExp(pyText(pattern), { whole: true }).exec(pyText(text))),
  search: ([pattern = '', text = '']) => matchOf(expression(pattern).exec(pyText(text))),
  findall: ([pattern = '', text = '']) =>
    [...pyText(text).matchAll(expression(pattern, 'g'))].map((found) => (found.length > 2 ? found.slice(1) : found.at(-1)!)),
  split: ([pattern = '', text = '']) => pyText(text).split(expression(pattern)),
});

const jsonModule = new PyNamespace('json', {
  loads: ([text = '']) => fromJson(decodeJson(pyText(text), { reals: true })),
  dumps: ([value = null]) => spacedJson(toJson(value), reprFloat),
});

function fromJson(value: JsonValue): PyVal {
  if (Array.isArray(value)) return value.map(fromJson);
  if (isJsonObject(value)) return new Map(Object.entries(value).map(([key, member]) => [key, fromJson(member)]));
  if (value instanceof Raw || typeof value === 'bigint') return String(value);
  return value;
}

function toJson(value: PyVal): unknown {
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, member]) => [pyText(key), toJson(member)]));
  return value;
}

const randomModule = new PyNamespace('random', {
  random: () => new Real(Math.random()),
  randint: ([low = 0, high = 0]) => numeric(low)! + Math.floor(Math.random() * (numeric(high)! - numeric(low)! + 1)),
  choice: ([list = []]) => items(list)[Math.floor(Math.random() * items(list).length)] ?? null,
});
