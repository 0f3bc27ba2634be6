import type { JsonObject, Shell } from 'flux';
import { member } from 'flux/internal';
import { failure } from '../_failure';
import { option, optional } from '../_option';

export type StreamName = 'stdout' | 'stderr';
export const streamNames: readonly StreamName[] = ['stdout', 'stderr'];

/** Where a stream of all tasks goes. */
export interface StreamOptions {
  type: 'kvs' | 'file' | 'term';
  /** Template of the file's path. */
  path: string;
  /** Each chunk in a file begins with `RANK: `. */
  label: boolean;
  lines: boolean;
}

export interface OutputOptions {
  stdout: StreamOptions;
  stderr: StreamOptions;
  /** Milliseconds between commits. */
  batchMs: number;
}

/** Members of the option `output`. */
export const optionNames: readonly string[] = [
  ...streamNames.flatMap((stream) => ['type', 'path', 'label', 'buffer.type'].map((name) => `output.${stream}.${name}`)),
  'output.batch-timeout',
];

const DEFAULT_BATCH_SECONDS = 0.5;

interface Given {
  type: string | undefined;
  path: string | undefined;
  label: boolean | undefined;
  buffer: string | undefined;
}

/** Reads the option `output`. Throws after an ERROR was logged. */
export function outputOptions(shell: Shell): OutputOptions {
  const none = { stdout: givenFor({}), stderr: givenFor({}) };
  const given = shell.getopt('output', option.object(bothStreams)) ?? none;
  const stdout = resolve(shell, 'stdout', given.stdout);
  const follows = given.stdout.type !== undefined && given.stderr.type === undefined;
  const stderr = resolve(shell, 'stderr', follows ? { ...given.stdout, buffer: given.stderr.buffer } : given.stderr);
  return { stdout, stderr, batchMs: batchSeconds(shell) * 1000 };
}

function bothStreams(object: JsonObject): Record<StreamName, Given> {
  return { stdout: givenFor(optional.object(object, 'stdout') ?? {}), stderr: givenFor(optional.object(object, 'stderr') ?? {}) };
}

function givenFor(stream: JsonObject): Given {
  const buffer = optional.object(stream, 'buffer') ?? {};
  return {
    type: optional.string(stream, 'type'),
    path: optional.string(stream, 'path'),
    label: optional.boolean(stream, 'label'),
    buffer: optional.string(buffer, 'type'),
  };
}

function resolve(shell: Shell, name: StreamName, { type = defaultType(shell), path = '', label = false, buffer }: Given): StreamOptions {
  if (type !== 'kvs' && type !== 'file' && !(type === 'term' && shell.host.standalone))
    throw failure(shell, `invalid output type specified '${type}': Invalid argument`);
  if (type === 'file' && path === '') throw failure(shell, `path for ${name} file output not specified`);
  return { type, path, label, lines: isLineBuffered(shell, name, buffer) };
}

const defaultType = (shell: Shell) => (shell.host.standalone ? 'term' : 'kvs');

function isLineBuffered(shell: Shell, name: StreamName, type: string | undefined): boolean {
  switch (type?.toLowerCase()) {
    case 'line':
      return true;
    case 'none':
      return false;
    case undefined:
      break;
    default:
      shell.error(`invalid buffer type specified: ${type}`);
  }
  return name === 'stdout';
}

function batchSeconds(shell: Shell): number {
  try {
    const seconds = shell.getopt(
      'output',
      option.object((object) => (Object.hasOwn(object, 'batch-timeout') ? member.number(object, 'batch-timeout') : undefined)),
    );
    return seconds ?? DEFAULT_BATCH_SECONDS;
  } catch {
    throw failure(shell, 'invalid output.batch-timeout option: No such file or directory');
  }
}
