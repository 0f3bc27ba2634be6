import { isUtf8 } from 'node:buffer';
import type { ReceivedFrom } from '../protocol';
import type { rexec } from '../protocol/rexec';
import { FluxError } from '../sys/errors';

/** States of a remote process as the wire tells them (docs/protocol/broker.md §8). */
export const ProcessState = { execFailed: 1, running: 2, exited: 3, failed: 4 } as const;

/** A command for broker.rexec: what travels, as JSON text, in the key `cmd`. An empty `env` means the broker's own. */
export interface RexecCommand {
  cwd: string;
  cmdline: string[];
  env: Record<string, string>;
  opts: Record<string, string>;
  /** Names of extra socket pairs; the child finds its descriptor's number in the environment variable of that name. */
  channels: string[];
}

/** Data of one stream of a process; at least one of `data` and `eof` (RFC 24 ioencode). */
export interface IoObject {
  stream: string;
  /** Rank as decimal text. */
  rank: string;
  data?: string;
  encoding?: 'base64';
  eof?: true;
}

/** One response of broker.rexec. */
export type RexecResponse = ReceivedFrom<typeof rexec.run>;

/** Reads the key `cmd` of a request; EPROTO if it is no JSON, lacks a key, or has nothing to run, EINVAL for wrong types. */
export function parseCommand(text: string): RexecCommand {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new FluxError('EPROTO');
  }
  if (!isObject(value)) throw new FluxError('EPROTO');
  const { cwd, cmdline, env, opts, channels } = value;
  if (typeof cwd !== 'string' || !Array.isArray(cmdline) || !isObject(env) || !isObject(opts) || !Array.isArray(channels))
    throw new FluxError('EPROTO');
  if (cmdline.length === 0) throw new FluxError('EPROTO');
  if (!areStrings(cmdline) || !areStrings(channels) || !areStrings(Object.values(env)) || !areStrings(Object.values(opts)))
    throw new FluxError('EINVAL');
  return { cwd, cmdline, env: env as Record<string, string>, opts: opts as Record<string, string>, channels };
}

/** Data of a stream as it travels: text if it is UTF-8, else base64. */
export function encodeIo(stream: string, rank: number | string, data: Buffer | undefined, eof = false): IoObject {
  const io: IoObject = { stream, rank: String(rank) };
  if (data?.length) {
    if (isUtf8(data)) io.data = data.toString('utf8');
    else {
      io.data = data.toString('base64');
      io.encoding = 'base64';
    }
  }
  if (eof) io.eof = true;
  return io;
}

/** The bytes and end of file of an io object; EPROTO if it is none. */
export function decodeIo(io: unknown): { stream: string; rank: string; data: Buffer | undefined; eof: boolean } {
  if (!isObject(io) || typeof io['stream'] !== 'string' || typeof io['rank'] !== 'string') throw new FluxError('EPROTO');
  const { stream, rank, data, encoding, eof } = io as { stream: string; rank: string; data: unknown; encoding: unknown; eof: unknown };
  if ((data === undefined && eof === undefined) || (data !== undefined && typeof data !== 'string')) throw new FluxError('EPROTO');
  if (eof !== undefined && typeof eof !== 'boolean') throw new FluxError('EPROTO');
  if (encoding !== undefined && encoding !== 'base64' && encoding !== 'UTF-8') throw new FluxError('EPROTO');
  const bytes = data === undefined ? undefined : Buffer.from(data, encoding === 'base64' ? 'base64' : 'utf8');
  return { stream, rank, data: bytes, eof: eof === true };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function areStrings(values: unknown[]): values is string[] {
  return values.every((v) => typeof v === 'string');
}
