import { IdSet } from '../formats/idset';
import { FluxError } from '../sys/errors';
import { Topology, type TopologyObject } from './topology';

/** A level of a synthetic topology: so many objects below each of the level above. */
interface Level {
  /** As in {@link TopologyObject}; undefined where the text leaves it to be found. */
  type: string | undefined;
  count: number;
  attributes: string;
}

/** hwloc's names of types that make a level, with how many letters suffice. */
const types: readonly (readonly [name: string, letters: number, type: string])[] = [
  ['package', 2, 'pack'],
  ['socket', 2, 'pack'],
  ['numanode', 2, 'numa'],
  ['node', 2, 'numa'],
  ['group', 2, 'group'],
  ['tile', 4, 'group'],
  ['module', 6, 'group'],
  ['die', 2, 'die'],
  ['core', 2, 'core'],
  ['pu', 2, 'pu'],
];

/** Types that a topology has on one level at most. */
const single = ['pack', 'numa', 'die', 'core', 'pu'] as const;
const maxPus = 1 << 20;
const size = /^\d+(([kmgt]i?)?b)?$/i;

/**
 * A topology in hwloc's synthetic notation ("Synthetic topologies" in its documentation), e.g. `pack:2 [numa] l3:2 core:4 pu:2(indexes=pack:core)`, or numbers
 * alone, for types that hwloc chooses. The last level is PUs. NUMA nodes hold memory and are no level. Throws EINVAL, with what is wrong and where.
 */
export function parseSynthetic(text: string): Topology {
  const { levels, attachedNuma } = readLevels(text);
  nameLevels(levels, attachedNuma, text);
  const widths = widthsOf(levels);
  if (widths.at(-1)! > maxPus) throw wrong(text, `more than ${maxPus} PUs`);
  const indexes = pusOf(levels, widths, text);
  let next = 0;
  const build = (type: string, depth: number): TopologyObject => {
    const level = levels[depth];
    if (!level) return { type, pus: IdSet.of(indexes(next++)), children: [] };
    const children = Array.from({ length: level.count }, () => build(level.type!, depth + 1));
    return { type, pus: children.reduce((all, child) => all.addSet(child.pus), new IdSet()), children };
  };
  return new Topology(build('machine', 0)).withoutMemory();
}

function readLevels(text: string): { levels: Level[]; attachedNuma: boolean } {
  const levels: Level[] = [];
  let attachedNuma = false;
  const take = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match) at = pattern.lastIndex;
    return match;
  };
  let at = 0;
  const root = take(/\s*\(([^)]*)\)/y);
  if (root) checkAttributes('machine', root[1]!, text);
  while (!take(/\s*$/y)) {
    const start = at;
    const attached = take(/\s*\[\s*([a-z]\w*)(?:\(([^)]*)\))?\s*\]/iy);
    if (attached) {
      if (typeOf(attached[1]!) !== 'numa') throw wrong(text, `only NUMA nodes can be attached: '${text.slice(start)}'`);
      checkAttributes('numa', attached[2] ?? '', text);
      attachedNuma = true;
      continue;
    }
    const level = take(/\s*(?:([a-z]\w*):)?(0x[\da-f]+|\d+)(?:\(([^)]*)\))?/iy);
    if (!level) throw wrong(text, `no type and number of objects at '${text.slice(start).trim()}'`);
    const [, name, number, attributes = ''] = level;
    const type = name === undefined ? undefined : typeOf(name);
    if (name !== undefined && type === undefined) throw wrong(text, `unknown type of objects '${name}'`);
    checkAttributes(type, attributes, text);
    const count = Number.parseInt(number!, /^0x/i.test(number!) ? 16 : number!.startsWith('0') ? 8 : 10); // as C reads it
    if (!(count > 0)) throw wrong(text, `no objects at '${text.slice(start).trim()}'`);
    levels.push({ type, count, attributes });
  }
  return { levels, attachedNuma };
}

/** Attributes say how much memory there is, which is nothing to us, and how PUs are numbered. */
function checkAttributes(type: string | undefined, text: string, whole: string): void {
  for (const attribute of text.split(/\s+/).filter(Boolean)) {
    const [name, value = ''] = attribute.split('=');
    const known =
      name === 'indexes' || name === (type !== undefined && /^l\d/.test(type) ? 'size' : 'memory') || name === 'memorysidecachesize';
    if (!known || (name !== 'indexes' && !size.test(value))) throw wrong(whole, `unknown attribute '${attribute}'`);
  }
}

function typeOf(name: string): string | undefined {
  const lower = name.toLowerCase();
  const cache = /^l([1-5])[diu]?(c(a(c(h(e)?)?)?)?)?$/.exec(lower);
  if (cache) return `l${cache[1]}`;
  if (/^group\d+$/.test(lower)) return 'group';
  return types.find(([full, letters]) => lower.length >= letters && full.startsWith(lower))?.[2];
}

/** Finds types where there are numbers alone, in hwloc's order: PUs, then NUMA nodes, packages, cores, and caches between cores and packages. */
function nameLevels(levels: Level[], attachedNuma: boolean, text: string): void {
  const last = levels.at(-1);
  if (!last) throw wrong(text, 'no levels');
  last.type ??= 'pu';
  if (last.type !== 'pu') throw wrong(text, 'the last level is not PUs');
  const above = levels.slice(0, -1);
  if (above.some(({ type }) => type === undefined)) {
    if (above.some(({ type }) => type !== undefined)) throw wrong(text, 'some levels have a type, and some not');
    const names = typesOf(above.length, !attachedNuma);
    for (const [i, level] of above.entries()) level.type = names[i]!;
  }
  for (const type of single) {
    if (levels.filter((level) => level.type === type).length > 1) throw wrong(text, `more than one level of ${type}`);
  }
  if (attachedNuma && levels.some(({ type }) => type === 'numa')) throw wrong(text, 'NUMA nodes both as a level and attached');
}

/** Types of `count` levels above PUs, from the top. */
function typesOf(count: number, numa: boolean): string[] {
  const wanted = [...(numa ? ['numa'] : []), 'pack', 'core', 'l2', 'l1', 'l3', 'l1'].slice(0, count);
  const has = (type: string) => wanted.filter((one) => one === type);
  const groups: string[] = new Array(count - wanted.length).fill('group');
  return [...groups, ...has('pack'), ...has('numa'), ...has('l3'), ...has('l2'), ...has('l1'), ...has('core')];
}

/** Number of objects on each level. */
function widthsOf(levels: readonly Level[]): number[] {
  let width = 1;
  return levels.map(({ count }) => (width *= count));
}

/** OS number of each PU by its place, as the attribute `indexes` of the last level has it: a list, or loops (`STEP*NUMBER:…` or `TYPE:…`), the first the fastest. */
function pusOf(levels: readonly Level[], widths: readonly number[], text: string): (place: number) => number {
  const total = widths.at(-1)!;
  const value = /(?:^|\s)indexes=(\S*)/.exec(levels.at(-1)!.attributes)?.[1];
  if (value === undefined) return (place) => place;
  const invalid = () => wrong(text, `indexes '${value}' are not those of ${total} PUs`);
  if (/^\d+(,\d+)*$/.test(value)) {
    const list = value.split(',').map(Number);
    if (list.length !== total || new Set(list).size !== total || list.some((pu) => pu > maxPus)) throw invalid();
    return (place) => list[place]!;
  }
  const loops = loopsOf(value, levels, widths);
  if (!loops) throw invalid();
  const product = loops.reduce((all, { number }) => all * number, 1);
  const finest = Math.min(...loops.map(({ step }) => step));
  if (product !== total && product * finest === total) loops.push({ step: 1, number: finest });
  else if (product !== total) throw invalid();
  const pu = (place: number) => {
    let scale = 1;
    let index = 0;
    for (const { step, number } of loops) {
      index += (Math.floor(place / step) % number) * scale;
      scale *= number;
    }
    return index;
  };
  if (new Set(Array.from({ length: total }, (_, place) => pu(place))).size !== total) throw invalid();
  return pu;
}

/** Undefined for what are no loops. */
function loopsOf(value: string, levels: readonly Level[], widths: readonly number[]): { step: number; number: number }[] | undefined {
  const words = value.split(':');
  const numbers = words.map((word) => /^([1-9]\d*)\*([1-9]\d*)$/.exec(word));
  if (numbers.every((match) => match !== null)) return numbers.map(([, step, number]) => ({ step: Number(step), number: Number(number) }));
  const depths = words.map((word) => levels.findIndex(({ type }) => type !== 'pu' && type === typeOf(word)));
  if (depths.includes(-1)) return undefined;
  const above = (depth: number) => Math.max(-1, ...depths.filter((other) => other < depth));
  return depths.map((depth) => ({ step: widths.at(-1)! / widths[depth]!, number: widths[depth]! / (widths[above(depth)] ?? 1) }));
}

function wrong(text: string, what: string): FluxError {
  return new FluxError('EINVAL', `invalid synthetic topology '${text}': ${what}`);
}
