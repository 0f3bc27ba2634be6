import { CommandError } from '../../../command';
import { parseFormat } from '../../../render/format-string';
import { formatted } from './operators';
import { items, numeric, type PyVal, pyText } from './values';

type StringMethod = (self: string, args: PyVal[], named: ReadonlyMap<string, PyVal>) => PyVal;

const blanks = ' \t\n\r\v\f';
const text = (value: PyVal | undefined, fallback: string) => (value === undefined || value === null ? fallback : pyText(value));
const count = (value: PyVal | undefined) => (value === undefined ? -1 : (numeric(value) ?? -1));

/** The methods of str, by name. */
export const stringMethods: Readonly<Record<string, StringMethod>> = {
  split: (self, [sep, max], named) => split(self, named.get('sep') ?? sep, count(named.get('maxsplit') ?? max)),
  rsplit: (self, [sep, max], named) => rsplit(self, named.get('sep') ?? sep, count(named.get('maxsplit') ?? max)),
  splitlines: (self) => self.replace(/\r?\n$/, '').split(/\r\n|\r|\n/),
  partition: (self, [sep]) => partition(self, text(sep, ''), self.indexOf(text(sep, ''))),
  rpartition: (self, [sep]) => partition(self, text(sep, ''), self.lastIndexOf(text(sep, '')), true),
  strip: (self, [chars]) => trimEnd(trimStart(self, text(chars, blanks)), text(chars, blanks)),
  lstrip: (self, [chars]) => trimStart(self, text(chars, blanks)),
  rstrip: (self, [chars]) => trimEnd(self, text(chars, blanks)),
  replace: (self, [from, to, max]) => replace(self, text(from, ''), text(to, ''), count(max)),
  removeprefix: (self, [prefix]) => (self.startsWith(text(prefix, '')) ? self.slice(text(prefix, '').length) : self),
  removesuffix: (self, [suffix]) => (self.endsWith(text(suffix, '')) ? self.slice(0, self.length - text(suffix, '').length) : self),
  upper: (self) => self.toUpperCase(),
  lower: (self) => self.toLowerCase(),
  capitalize: (self) => self.slice(0, 1).toUpperCase() + self.slice(1).toLowerCase(),
  title: (self) => self.toLowerCase().replace(/\p{L}+/gu, (word) => word.slice(0, 1).toUpperCase() + word.slice(1)),
  startswith: (self, [prefix = '']) => choices(prefix).some((choice) => self.startsWith(choice)),
  endswith: (self, [suffix = '']) => choices(suffix).some((choice) => self.endsWith(choice)),
  find: (self, [part]) => self.indexOf(text(part, '')),
  rfind: (self, [part]) => self.lastIndexOf(text(part, '')),
  index: (self, [part]) => {
    const at = self.indexOf(text(part, ''));
    if (at < 0) throw new CommandError('substring not found');
    return at;
  },
  count: (self, [part]) => self.split(text(part, '')).length - 1,
  join: (self, [list = []]) => items(list).map(pyText).join(self),
  zfill: (self, [width]) => {
    const [, sign = '', digits = ''] = /^([+-]?)(.*)$/s.exec(self)!;
    return sign + digits.padStart(count(width) - sign.length, '0');
  },
  ljust: (self, [width, fill]) => self.padEnd(count(width), text(fill, ' ')),
  rjust: (self, [width, fill]) => self.padStart(count(width), text(fill, ' ')),
  center: (self, [width, fill]) => {
    const room = Math.max(count(width) - self.length, 0);
    return self.padStart(self.length + Math.floor(room / 2), text(fill, ' ')).padEnd(self.length + room, text(fill, ' '));
  },
  isdigit: (self) => /^\d+$/.test(self),
  isalpha: (self) => /^\p{L}+$/u.test(self),
  isalnum: (self) => /^[\p{L}\d]+$/u.test(self),
  isupper: (self) => self !== self.toLowerCase() && self === self.toUpperCase(),
  islower: (self) => self !== self.toUpperCase() && self === self.toLowerCase(),
  format: (self, args, named) => format(self, args, named),
};

function split(self: string, sep: PyVal | undefined, max: number): string[] {
  const separated = sep !== undefined && sep !== null;
  const parts = separated ? self.split(pyText(sep)) : trimEnd(trimStart(self, blanks), blanks).split(/\s+/).filter(Boolean);
  if (max < 0 || parts.length <= max + 1) return parts;
  if (separated) return [...parts.slice(0, max), parts.slice(max).join(pyText(sep))];
  const rest = new RegExp(`^\\s*(?:\\S+\\s+){${max}}`).exec(self)?.[0].length ?? 0;
  return [...parts.slice(0, max), trimEnd(self.slice(rest), blanks)];
}

function rsplit(self: string, sep: PyVal | undefined, max: number): string[] {
  const separator = text(sep, ' ');
  const parts = split(self, sep, -1);
  if (max < 0 || parts.length <= max + 1) return parts;
  const head = parts.length - max;
  return [parts.slice(0, head).join(separator), ...parts.slice(head)];
}

function partition(self: string, sep: string, at: number, fromRight = false): string[] {
  if (at < 0) return fromRight ? ['', '', self] : [self, '', ''];
  return [self.slice(0, at), sep, self.slice(at + sep.length)];
}

function replace(self: string, from: string, to: string, max: number): string {
  let left = max < 0 ? Number.POSITIVE_INFINITY : max;
  return self.replaceAll(from, (whole) => (left-- > 0 ? to : whole));
}

function trimStart(self: string, chars: string): string {
  let at = 0;
  while (at < self.length && chars.includes(self[at]!)) at++;
  return self.slice(at);
}

function trimEnd(self: string, chars: string): string {
  let end = self.length;
  while (end > 0 && chars.includes(self[end - 1]!)) end--;
  return self.slice(0, end);
}

const choices = (value: PyVal): string[] => (Array.isArray(value) ? value.map(pyText) : [pyText(value)]);

function format(self: string, args: PyVal[], named: ReadonlyMap<string, PyVal>): string {
  let next = 0;
  return parseFormat(self)
    .map((part) => {
      if (typeof part === 'string') return part;
      const value =
        part.field === '' || /^\d+$/.test(part.field) ? args[part.field === '' ? next++ : Number(part.field)] : named.get(part.field);
      if (value === undefined) throw new CommandError(`Replacement ${part.field} not found`);
      return formatted(value, part.conversion, part.spec);
    })
    .join('');
}
