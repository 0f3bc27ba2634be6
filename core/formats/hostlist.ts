import { FluxError } from '../sys/errors';

/** Most hosts that one bracketed token may stand for. */
const MAX_RANGE = 1048576;
const MAX_ELEMENTS = 10240;
const MAX_DIGITS = 15;

/** Consecutive numbered hosts of one prefix, or one plain name (width 0). */
interface Run {
  prefix: string;
  lo: number;
  hi: number;
  /** Digits that numbers are zero-padded to; 0 for a plain name, whose text is the prefix. */
  width: number;
}

/**
 * An ordered list of host names, duplicates kept, with the text form of RFC 29: `foo[0-3,7],bar`. Numbered hosts are kept as runs, so a list costs what
 * its text costs.
 */
export class Hostlist implements Iterable<string> {
  private runs: Run[] = [];

  /** @throws FluxError EINVAL; ERANGE for a range of more than 1048576 hosts */
  static parse(text: string): Hostlist {
    const list = new Hostlist();
    for (const token of tokens(text)) for (const run of runsOfToken(token)) list.push(run);
    return list;
  }

  /** The list of the given names, each taken as it is. */
  static of(...names: readonly string[]): Hostlist {
    const list = new Hostlist();
    for (const name of names) list.push(runOfName(name));
    return list;
  }

  /** Number of hosts. */
  get count(): number {
    return this.runs.reduce((count, run) => count + sizeOf(run), 0);
  }

  /** Appends the hosts of a list or of its text; returns how many. A text that does not decode changes nothing. */
  append(hosts: string | Hostlist): number {
    const added = typeof hosts === 'string' ? Hostlist.parse(hosts) : hosts;
    const count = added.count;
    for (const run of added.runs.slice()) this.push({ ...run });
    return count;
  }

  /** The host at index `n`. @throws FluxError EINVAL if negative, ENOENT beyond the end */
  nth(n: number): string {
    if (n < 0 || !Number.isInteger(n)) throw new FluxError('EINVAL');
    let rest = n;
    for (const run of this.runs) {
      if (rest < sizeOf(run)) return nameOf(run, run.lo + rest);
      rest -= sizeOf(run);
    }
    throw new FluxError('ENOENT');
  }

  /** Index of the first host of that name. @throws FluxError ENOENT; EINVAL if `host` is not a single name */
  find(host: string): number {
    if (/[,[\]\t ]/.test(host)) throw new FluxError('EINVAL');
    let index = 0;
    for (const run of this.runs) {
      const number = numberIn(run, host);
      if (number !== undefined) return index + number - run.lo;
      index += sizeOf(run);
    }
    throw new FluxError('ENOENT');
  }

  has(host: string): boolean {
    return this.runs.some((run) => numberIn(run, host) !== undefined);
  }

  /** For each host of the argument removes its first occurrence; returns how many were removed. */
  delete(hosts: string | Hostlist): number {
    let removed = 0;
    for (const host of typeof hosts === 'string' ? Hostlist.parse(hosts) : [...hosts]) if (this.deleteName(host)) removed++;
    return removed;
  }

  /** Sorts by prefix, then plain names first, then numerically; duplicates are kept. */
  sort(): this {
    return this.rebuild([...this.singles()].sort(compareHosts));
  }

  /** Sorts and drops duplicates. */
  uniq(): this {
    const sorted = [...this.singles()].sort(compareHosts);
    return this.rebuild(sorted.filter((host, i) => i === 0 || nameOf(host, host.lo) !== nameOf(sorted[i - 1]!, sorted[i - 1]!.lo)));
  }

  /** Text form: consecutive runs of one prefix share a bracket. */
  encode(): string {
    const groups: string[] = [];
    for (let i = 0; i < this.runs.length; ) {
      const first = this.runs[i]!;
      let end = i + 1;
      if (first.width > 0) while (end < this.runs.length && this.runs[end]!.width > 0 && this.runs[end]!.prefix === first.prefix) end++;
      groups.push(encodeGroup(this.runs.slice(i, end)));
      i = end;
    }
    return groups.join(',');
  }

  toString(): string {
    return this.encode();
  }

  toJSON(): string {
    return this.encode();
  }

  clone(): Hostlist {
    const copy = new Hostlist();
    copy.runs = this.runs.map((run) => ({ ...run }));
    return copy;
  }

  *[Symbol.iterator](): IterableIterator<string> {
    for (const run of this.runs) for (let number = run.lo; number <= run.hi; number++) yield nameOf(run, number);
  }

  // Adds a run at the end, joining it to the last one where numbers and widths go on.
  private push(run: Run): void {
    const last = this.runs.at(-1);
    const width = last === undefined || run.lo !== last.hi + 1 || run.prefix !== last.prefix ? undefined : commonWidth(last, run);
    if (last === undefined || width === undefined) {
      this.runs.push(run);
      return;
    }
    last.hi = run.hi;
    last.width = width;
  }

  private deleteName(host: string): boolean {
    for (const [i, run] of this.runs.entries()) {
      const number = numberIn(run, host);
      if (number === undefined) continue;
      const left = [
        { ...run, hi: number - 1 },
        { ...run, lo: number + 1 },
      ].filter((part) => part.lo <= part.hi);
      this.runs.splice(i, 1, ...left);
      return true;
    }
    return false;
  }

  private *singles(): IterableIterator<Run> {
    for (const run of this.runs) for (let number = run.lo; number <= run.hi; number++) yield { ...run, lo: number, hi: number };
  }

  private rebuild(hosts: Run[]): this {
    this.runs = [];
    for (const host of hosts) this.push(host);
    return this;
  }
}

function sizeOf(run: Run): number {
  return run.hi - run.lo + 1;
}

function pad(number: number, width: number): string {
  return String(number).padStart(width, '0');
}

function nameOf(run: Run, number: number): string {
  return run.width === 0 ? run.prefix : run.prefix + pad(number, run.width);
}

// The number by which `host` stands in the run.
function numberIn(run: Run, host: string): number | undefined {
  if (run.width === 0) return host === run.prefix ? run.lo : undefined;
  if (!host.startsWith(run.prefix)) return undefined;
  const digits = host.slice(run.prefix.length);
  if (!/^[0-9]{1,15}$/.test(digits)) return undefined;
  const number = Number(digits);
  return number >= run.lo && number <= run.hi && pad(number, run.width) === digits ? number : undefined;
}

// A width that prints the numbers of both runs as they were given.
function commonWidth(a: Run, b: Run): number | undefined {
  if (a.width === 0 || b.width === 0) return undefined;
  if (pad(b.lo, a.width) === pad(b.lo, b.width)) return a.width;
  return pad(a.lo, b.width) === pad(a.lo, a.width) ? b.width : undefined;
}

function compareHosts(a: Run, b: Run): number {
  if (a.prefix !== b.prefix) return a.prefix < b.prefix ? -1 : 1;
  if (a.width === 0 || b.width === 0) return a.width - b.width;
  return commonWidth(a, b) === undefined ? a.width - b.width : a.lo - b.lo;
}

function encodeGroup(runs: Run[]): string {
  const first = runs[0]!;
  if (runs.length === 1 && first.lo === first.hi) return nameOf(first, first.lo);
  const elements = runs.map((run) => (run.lo === run.hi ? pad(run.lo, run.width) : `${pad(run.lo, run.width)}-${pad(run.hi, run.width)}`));
  return `${first.prefix}[${elements.join(',')}]`;
}

function invalid(text: string): FluxError {
  return new FluxError('EINVAL', `invalid hostlist: ${text}`);
}

// Splits at separators outside of brackets.
function tokens(text: string): string[] {
  const result: string[] = [];
  let token = '';
  let open = false;
  for (const char of text) {
    if (char === '[' || char === ']') {
      if (open === (char === '[')) throw invalid(text);
      open = !open;
    }
    if (!open && (char === ',' || char === ' ' || char === '\t')) {
      if (token) result.push(token);
      token = '';
    } else token += char;
  }
  if (open) throw invalid(text);
  if (token) result.push(token);
  return result;
}

// A token with several brackets stands for all combinations; only the last bracket, if nothing follows it, stays a run.
function runsOfToken(token: string): Run[] {
  const parts = token.split(/[[\]]/); // text, elements, text, elements, …, text
  if (parts.length === 1) return [runOfName(token)];
  const suffix = parts.pop()!;
  const last = elementsOf(parts.pop()!, token);
  let prefixes = [''];
  for (const [i, part] of parts.entries()) {
    const elements = i % 2 === 0 ? [] : elementsOf(part, token);
    if (prefixes.length * elements.reduce((count, run) => count + sizeOf(run), 0) > MAX_RANGE) throw new FluxError('ERANGE');
    const names = i % 2 === 0 ? [part] : elements.flatMap(expand);
    prefixes = prefixes.flatMap((prefix) => names.map((name) => prefix + name));
  }
  const runs = prefixes.flatMap((prefix) => last.map((element) => ({ ...element, prefix })));
  if (suffix === '' && prefixes.length === 1) return runs;
  if (runs.reduce((count, run) => count + sizeOf(run), 0) > MAX_RANGE) throw new FluxError('ERANGE');
  if (suffix === '') return runs;
  return runs.flatMap((run) => expand(run).map((name) => ({ prefix: name + suffix, lo: 0, hi: 0, width: 0 })));
}

function expand(run: Run): string[] {
  return Array.from({ length: sizeOf(run) }, (_, i) => nameOf(run, run.lo + i));
}

function elementsOf(text: string, token: string): Run[] {
  const elements = text.split(',');
  if (elements.length > MAX_ELEMENTS) throw new FluxError('ERANGE');
  return elements.map((element) => {
    const match = /^([0-9]{1,15})(?:-([0-9]{1,15}))?$/.exec(element);
    if (!match) throw invalid(token);
    const lo = Number(match[1]);
    const hi = match[2] === undefined ? lo : Number(match[2]);
    if (lo > hi) throw invalid(token);
    if (hi - lo >= MAX_RANGE) throw new FluxError('ERANGE', `${token}: range of more than ${MAX_RANGE} hosts`);
    return { prefix: '', lo, hi, width: match[1]!.length };
  });
}

// Trailing digits become a number, unless there are more than a double holds exactly.
function runOfName(name: string): Run {
  const digits = /[0-9]+$/.exec(name)?.[0] ?? '';
  if (digits === '' || digits.length > MAX_DIGITS) return { prefix: name, lo: 0, hi: 0, width: 0 };
  const number = Number(digits);
  return { prefix: name.slice(0, -digits.length), lo: number, hi: number, width: digits.length };
}
