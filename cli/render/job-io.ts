import { decodeBase64 } from '../../core/formats/base64';
import type { JsonObject } from '../../core/formats/json';
import { FluxError } from '../../core/sys/errors';

/** A `data` entry of a job's output or input eventlog (RFC 24). */
export interface IoData {
  stream: string;
  /** A task rank, or a set of them. */
  rank: string;
  data: Buffer;
  eof: boolean;
}

/** Decodes the context of a `data` entry. @throws FluxError EPROTO */
export function ioData(context: JsonObject): IoData {
  const { stream, rank, data, eof, encoding } = context;
  if (typeof stream !== 'string' || typeof rank !== 'string' || (data === undefined && eof === undefined)) throw new FluxError('EPROTO');
  if (data !== undefined && typeof data !== 'string') throw new FluxError('EPROTO');
  const text = data ?? '';
  return { stream, rank, data: encoding === 'base64' ? decodeBase64(text) : Buffer.from(text), eof: eof === true };
}
