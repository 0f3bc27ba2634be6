import fs from 'node:fs';
import path from 'node:path';
import { parseFsdOption } from '../../../core/formats/fsd';
import { checkDuration, createJobspec, type Jobspec, setAttribute } from '../../../core/formats/jobspec';
import { decodeJson, type JsonObject, type JsonValue, real } from '../../../core/formats/json';
import { spacedJson } from '../../../core/formats/spaced-json';
import { errorText } from '../../../core/sys/errors';
import { parseInt10, reprFloat, reprString } from '../../args/python';
import { type CommandContext, CommandError } from '../../command';
import { onFile } from '../../os-error';
import { noJobspec, textDirectory, textOf, textVariables } from '../../text';
import { textOnly } from '../../text-only';
import { beginTime } from './begin-time';
import { parseDependency } from './dependency';
import { jobEnvironment } from './environment';
import type { DependencyOption, MiniOptions } from './options';

/** Where a job is described: what the jobspec takes from the process. */
export type Surroundings = Pick<CommandContext, 'env' | 'cwd'>;

/**
 * The jobspec of a job (docs/protocol/cli-mini-jobs.md §A2). `attributes` are those of the command itself, by path below `attributes.`; all others
 * are applied after them, so that what the user says wins.
 */
export async function miniJobspec(
  from: Surroundings,
  options: MiniOptions,
  command: readonly string[],
  attributes: readonly (readonly [path: string, value: JsonValue])[] = [],
): Promise<Jobspec> {
  const jobspec = layout(options, command);
  const set = (at: string, value: JsonValue) => textOnly(() => setAttribute(jobspec, at, value));
  for (const [at, value] of attributes) set(at, value);
  set('system.cwd', textDirectory(from.cwd, noJobspec));
  set('system.environment', textVariables(jobEnvironment(options.env, from.env), noJobspec));
  if (options.dependency.length > 0) set('system.dependencies', await dependencies(options.dependency));
  if (options.timeLimit !== undefined) set('system.duration', real(timeLimit(options.timeLimit)));
  if (options.jobName !== undefined) set('system.job.name', options.jobName);
  redirect(options, set);
  if (options.debugEmulate) set('system.shell.options.stop-tasks-in-exec', 1);
  for (const word of options.setopt) {
    const [key, value] = keyValue(word);
    set(`system.shell.options.${key}`, value === undefined ? 1 : literal(value));
  }
  for (const word of options.setattr) {
    const [key, value] = keyValue(word);
    if (value === undefined) throw new CommandError(`--setattr: Missing value for attr ${key}`);
    if (key.startsWith('^')) set(key.replace(/^\^+|\^+$/g, ''), jsonFile(value, from.cwd));
    else set(key, literal(value));
  }
  return jobspec;
}

/** The text of a jobspec: what --dry-run prints and what is submitted. */
export function jobspecText(jobspec: Jobspec): string {
  return spacedJson(jobspec, reprFloat);
}

/** Resources and tasks; -n, -c, -g and -N are checked here. */
function layout({ ntasks, cores, gpus, nodes }: MiniOptions, command: readonly string[]): Jobspec {
  return textOnly(() =>
    createJobspec({
      command,
      ntasks: count('--ntasks', ntasks),
      coresPerTask: count('--cores-per-task', cores),
      ...(gpus === undefined ? {} : { gpusPerTask: count('--gpus-per-task', gpus) }),
      ...(nodes === undefined ? {} : { nnodes: count('--nodes', nodes) }),
    }),
  );
}

/** A number as typed; what is empty fails the check of its range. */
function count(option: string, value: string | number | undefined): number {
  if (typeof value === 'number') return value;
  if (value === undefined || value === '') return Number.NaN;
  const number = parseInt10(value);
  if (number === undefined) throw new CommandError(`${option}: invalid int value ${reprString(value)}`);
  return Number(number);
}

function redirect({ input, output, error, labelIo }: MiniOptions, set: (at: string, value: JsonValue) => void): void {
  const label: JsonObject = labelIo ? { label: true } : {};
  if (input !== undefined) set('system.shell.options.input.stdin', { type: 'file', path: input });
  if (output !== undefined && output !== 'none' && output !== 'kvs')
    set('system.shell.options.output.stdout', { type: 'file', path: output, ...label });
  if (error !== undefined) set('system.shell.options.output.stderr', { type: 'file', path: error, ...label });
}

async function dependencies(list: readonly DependencyOption[]): Promise<JsonObject[]> {
  const entries: JsonObject[] = [];
  for (const item of list) {
    if (typeof item === 'string') entries.push(parseDependency(item));
    else entries.push({ scheme: 'begin-time', value: reprFloat(await beginTime(item.beginTime)) });
  }
  return entries;
}

function timeLimit(text: string): number {
  return textOnly(() => {
    const seconds = parseFsdOption(text);
    checkDuration(seconds);
    return seconds;
  });
}

/** `KEY=VALUE`; the value is undefined if there is no `=`. */
function keyValue(word: string): [string, string | undefined] {
  const equals = word.indexOf('=');
  return equals < 0 ? [word, undefined] : [word.slice(0, equals), word.slice(equals + 1)];
}

/** The JSON value that a text is, else the text itself. */
function literal(text: string): JsonValue {
  try {
    return decodeJson(text, { reals: true });
  } catch {
    return text; // no JSON: a plain word
  }
}

function jsonFile(file: string, cwd: string): JsonValue {
  const bytes = onFile(file, () => fs.readFileSync(path.resolve(cwd, file)));
  const text = textOf(bytes, file, noJobspec);
  try {
    return decodeJson(text, { reals: true });
  } catch (e) {
    throw new CommandError(`--setattr: ${file}: ${errorText(e)}`, 1, { cause: e });
  }
}
