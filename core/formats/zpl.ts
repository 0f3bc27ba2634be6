import { FluxError } from '../sys/errors';

/** A node of a ZPL document (ZeroMQ RFC 4): a value, if it has one, and named nodes below it. */
export interface ZplNode {
  value: string | undefined;
  children: Map<string, ZplNode>;
}

const INDENT = 4;
const BLANK = /^\s*(?:#.*)?$/;
// indent, name, and a value in double quotes, in single quotes, or bare
const PROPERTY = /^( *)([\w$\-./@+]+)[ \t]*(?:=[ \t]*(?:"([^"]*)"|'([^']*)'|([^"'#]*?)))?[ \t]*(?:#.*)?$/;

/**
 * Parses a ZeroMQ Property Language text: `name` or `name = value` a line, four blanks for each level, `#` begins a comment, values bare or in
 * quotes. A repeated name's last value wins. Throws EINVAL `line N: not a property`.
 */
export function parseZpl(text: string): ZplNode {
  const root = newNode(undefined);
  /** The node that the lines of each level belong to. */
  const parents = [root];
  for (const [i, line] of text.split(/\r?\n/).entries()) {
    if (BLANK.test(line)) continue;
    const match = PROPERTY.exec(line);
    const level = (match?.[1]?.length ?? 0) / INDENT;
    const parent = parents[level];
    if (!match || !parent) throw new FluxError('EINVAL', `line ${i + 1}: not a property`);
    const node = newNode(match[3] ?? match[4] ?? match[5]);
    parent.children.set(match[2]!, node);
    parents.splice(level + 1, parents.length, node);
  }
  return root;
}

/** Value at a path of names: `zplValue(root, 'curve', 'public-key')`. */
export function zplValue(root: ZplNode, ...path: string[]): string | undefined {
  let node: ZplNode | undefined = root;
  for (const name of path) node = node?.children.get(name);
  return node?.value;
}

/** The text of sections of properties, in order, values in double quotes. They must not contain any. */
export function formatZpl(sections: Readonly<Record<string, Readonly<Record<string, string>>>>): string {
  const indent = ' '.repeat(INDENT);
  return Object.entries(sections)
    .map(([section, properties]) => {
      const lines = Object.entries(properties).map(([name, value]) => `${indent}${name} = "${value}"\n`);
      return `${section}\n${lines.join('')}`;
    })
    .join('');
}

function newNode(value: string | undefined): ZplNode {
  return { value, children: new Map() };
}
