/** What Python's os.path makes of a path. */

/** What follows the last `/`; empty where the path ends in one. */
export const basename = (name: string) => name.slice(name.lastIndexOf('/') + 1);

/** What stands before the last `/`, without further ones at its end unless it has nothing else. */
export function dirname(name: string): string {
  const head = name.slice(0, name.lastIndexOf('/') + 1);
  return head.replace(/\/+$/, '') || head;
}

/** The path without its last extension, and that with its dot. Dots that a name begins with are no extension's. */
export function splitext(name: string): [root: string, extension: string] {
  const [, root, extension] = /^((?:.*\/)?\.*[^./][^/]*)(\.[^./]*)$/s.exec(name) ?? [];
  return root === undefined ? [name, ''] : [root, extension!];
}
