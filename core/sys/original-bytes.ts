import fs from 'node:fs';

const REPLACEMENT = '\ufffd';

/**
 * The bytes of an argument (`WORD`) or an environment variable (`NAME=VALUE`) of this process that is no UTF-8: Node has decoded it with U+FFFD for
 * what it could not read, so it is looked for in what the kernel keeps of the process's beginning. Undefined for any other text.
 */
export function lostBytes(text: string): Buffer | undefined {
  if (!text.includes(REPLACEMENT)) return undefined;
  return [...split(commandLine ?? read('cmdline')), ...split(read('environ'))].find((bytes) => bytes.toString() === text);
}

/** To be called before the process gets a title, which overwrites its command line. */
export function keepCommandLine(): void {
  commandLine ??= read('cmdline');
}

let commandLine: Buffer | undefined;

/** The bytes of a text that this process may have got as an argument. */
export const originalBytes = (text: string): Buffer => lostBytes(text) ?? Buffer.from(text);

const read = (file: 'cmdline' | 'environ'): Buffer => fs.readFileSync(`/proc/self/${file}`);

/** Zero-terminated strings. */
function split(bytes: Buffer): Buffer[] {
  const found: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(0); end >= 0; end = bytes.indexOf(0, start)) {
    found.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return found;
}

/** The first byte of these that is no UTF-8, and the text before it; undefined if all are. */
export function undecodable(bytes: Buffer): { byte: number; before: string } | undefined {
  const text = bytes.toString();
  for (let at = text.indexOf(REPLACEMENT); at >= 0; at = text.indexOf(REPLACEMENT, at + 1)) {
    const before = text.slice(0, at);
    const start = Buffer.byteLength(before);
    if (!bytes.subarray(start).toString('latin1').startsWith('\xef\xbf\xbd')) return { byte: bytes[start]!, before };
  }
  return undefined;
}

/** The bytes of this process's working directory, whose name need not be UTF-8. */
export const directoryBytes = (): Buffer => fs.readlinkSync('/proc/self/cwd', 'buffer');
