import { encodeJson, FluxError, isBlobref, isJsonObject } from 'flux';
import { decodeBase64, decodeJsonBytes, encodeBase64, jsonInteger } from 'flux/internal';
import type { Root } from '../namespace';
import { encodeFrame } from './frame';

/** First frame of a segment: the root that its first record builds on. */
export interface SegmentHead extends Root {
  /** Number of the segment; they count up. */
  segment: number;
}

/** A transaction that was acknowledged, or is to be when it stands on the disk. */
export interface TransactionRecord extends Root {
  namespace: string;
  /** Offset in the segment up to which everything stood as safely as the journal promises when this was written. */
  safe: number;
  /** As they were committed. */
  ops: readonly unknown[];
  /** Objects that operations refer to and that may not be stored yet. */
  blobs: readonly Buffer[];
}

export function encodeHead({ segment, rootref, rootseq }: SegmentHead): Buffer {
  return encodeFrame(encodeJson({ segment, rootseq, rootref }));
}

export function encodeRecord({ namespace, rootref, rootseq, safe, ops, blobs }: TransactionRecord): Buffer {
  const carried = blobs.length > 0 ? { blobs: blobs.map((blob) => encodeBase64(blob)) } : {};
  return encodeFrame(encodeJson({ namespace, rootseq, rootref, safe, ops, ...carried }));
}

/** @throws FluxError EPROTO: no head of a segment */
export function decodeHead(payload: Buffer): SegmentHead {
  const { segment, ...root } = decoded(payload);
  return { segment: integer(segment), ...rootOf(root) };
}

/** @throws FluxError EPROTO: no record */
export function decodeRecord(payload: Buffer): TransactionRecord {
  const { namespace, safe, ops, blobs = [], ...root } = decoded(payload);
  if (typeof namespace !== 'string' || !Array.isArray(ops) || !Array.isArray(blobs)) throw new FluxError('EPROTO');
  return { namespace, safe: integer(safe), ops, blobs: blobs.map((blob) => decodeBase64(String(blob))), ...rootOf(root) };
}

function decoded(payload: Buffer): Record<string, unknown> {
  const value = decodeJsonBytes(payload, { reals: true });
  if (!isJsonObject(value)) throw new FluxError('EPROTO');
  return value;
}

function rootOf({ rootref, rootseq }: Record<string, unknown>): Root {
  if (!isBlobref(rootref)) throw new FluxError('EPROTO');
  return { rootref, rootseq: integer(rootseq) };
}

function integer(value: unknown): number {
  const number = jsonInteger(value);
  if (number === undefined) throw new FluxError('EPROTO');
  return number;
}
