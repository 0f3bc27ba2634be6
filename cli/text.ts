import { FluxError } from '../core/sys/errors';
import { directoryBytes, lostBytes, undecodable } from '../core/sys/original-bytes';
import { CommandError } from './args/exit';

/**
 * What a command is given is text (UTF-8) wherever it goes into a message. What is not has come to it with U+FFFD in place of what Node could not decode:
 * it is refused, as the original does, and never sent so.
 */

/** Makes an error of a byte (`unable to decode byte 0xe9`), the text before it, and what they stand in. */
export type Refusal = (problem: string, before: string, what: string) => Error;

const refusal: Refusal = (problem, before, what) => new CommandError(`${what}: ${near(problem, before)}`);

/** What can't stand in a jobspec is refused in the words of the service, which reads a JSON string. */
export const noJobspec: Refusal = (problem, before) =>
  new FluxError('EINVAL', `jobspec: invalid JSON: ${near(problem, `"${before.slice(before.lastIndexOf('=') + 1)}`)}`);

/** Longest text that an error shows of what stands before a byte. */
const NEAR = 20;

const near = (problem: string, before: string): string =>
  before !== '' && before.length <= NEAR ? `${problem} near '${before}'` : problem;

/** @throws what `refuse` makes of an argument that is no text, by default a CommandError that names its place */
export function mustBeTexts(argv: readonly string[], refuse = refusal): void {
  for (const [i, word] of argv.entries()) check(lostBytes(word), `argument ${i + 1}`, refuse);
}

/** The variables of an environment. @throws for one that is no text */
export function textVariables(env: Readonly<Record<string, string | undefined>>, refuse = refusal): Record<string, string> {
  const variables: Record<string, string> = {};
  for (const name in env) {
    const value = env[name];
    if (value === undefined) continue;
    check(lostBytes(`${name}=${value}`), name, refuse);
    variables[name] = value;
  }
  return variables;
}

/** The working directory as it was found. @throws if its name is no text */
export function textDirectory(cwd: string, refuse = refusal): string {
  if (cwd.includes('\ufffd')) check(directoryBytes(), 'working directory', refuse);
  return cwd;
}

/** The text of what was read. @throws if it is none */
export function textOf(bytes: Buffer, what: string, refuse = refusal): string {
  const text = bytes.toString();
  if (text.includes('\ufffd')) check(bytes, what, refuse);
  return text;
}

function check(bytes: Buffer | undefined, what: string, refuse: Refusal): void {
  const found = bytes && undecodable(bytes);
  if (!found) return;
  const { byte, before } = found;
  throw refuse(`unable to decode byte 0x${byte.toString(16)}`, before.slice(before.lastIndexOf('\n') + 1), what);
}
