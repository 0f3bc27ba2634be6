import { type Shell, t } from 'flux';
import { failure } from '../_failure';

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

const stream = t.wire(
  {
    type: t.optional(t.string()),
    path: t.string({ default: '' }),
    label: t.boolean({ default: false }),
    buffer: t.wire({ type: t.optional(t.string()) }, { default: {} }),
  },
  { default: {} },
);
const streams = t.wire({ stdout: stream, stderr: stream });
const batching = t.wire({ 'batch-timeout': t.number({ default: 0.5 }) });

type Given = t.infer<typeof stream>;

/** Reads the option `output`. Throws after an ERROR was logged. */
export function outputOptions(shell: Shell): OutputOptions {
  const given = shell.getopt('output', streams) ?? streams.parse({});
  const stdout = resolve(shell, 'stdout', given.stdout);
  const follows = given.stdout.type !== undefined && given.stderr.type === undefined;
  const stderr = resolve(shell, 'stderr', follows ? { ...given.stdout, buffer: given.stderr.buffer } : given.stderr);
  return { stdout, stderr, batchMs: batchSeconds(shell) * 1000 };
}

function resolve(shell: Shell, name: StreamName, { type = defaultType(shell), path, label, buffer }: Given): StreamOptions {
  if (type !== 'kvs' && type !== 'file' && !(type === 'term' && shell.host.standalone))
    throw failure(shell, `invalid output type specified '${type}': Invalid argument`);
  if (type === 'file' && path === '') throw failure(shell, `path for ${name} file output not specified`);
  return { type, path, label, lines: isLineBuffered(shell, name, buffer.type) };
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
    return (shell.getopt('output', batching) ?? batching.parse({}))['batch-timeout'];
  } catch {
    throw failure(shell, 'invalid output.batch-timeout option: No such file or directory');
  }
}
