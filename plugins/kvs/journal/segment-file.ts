import fs from 'node:fs';
import path from 'node:path';
import { FluxError } from 'flux';
import type { Root } from '../namespace';
import { frameAt, framesBehind } from './frame';
import { decodeHead, decodeRecord, type SegmentHead, type TransactionRecord } from './record';

/** A segment of a journal as it stands on the disk. */
export interface StoredSegment {
  file: string;
  head: SegmentHead;
  records: StoredRecord[];
}

export interface StoredRecord extends TransactionRecord {
  file: string;
  offset: number;
}

/** What was found of a journal. */
export interface StoredJournal {
  segments: StoredSegment[];
  /** What a killed write left behind, and was cut off: for the log. */
  dropped: string[];
}

/** File of a segment of the journal beside a store. */
export const segmentFile = (store: string, number: number) => `${store}.journal.${number}`;

/** Numbers of the segments beside a store, in order. */
export function segmentNumbers(store: string): number[] {
  const prefix = `${path.basename(store)}.journal.`;
  return fs
    .readdirSync(path.dirname(store))
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)))
    .sort((a, b) => a - b);
}

/**
 * Reads the journal beside a store. A last record that is torn was acknowledged to nobody: it is cut off. What is damaged in front of records that were safe
 * is EIO, and nothing is touched.
 */
export function readJournal(store: string): StoredJournal {
  const files = segmentNumbers(store).map((number) => {
    const file = segmentFile(store, number);
    return { file, number, bytes: fs.readFileSync(file) };
  });
  const segments: StoredSegment[] = [];
  for (const [i, { file, number, bytes }] of files.entries()) {
    const { segment, end } = readSegment(file, number, bytes);
    if (segment) checkFollows(segments.at(-1), segment);
    if (end < bytes.length || !segment) {
      const later = files.slice(i + 1);
      if (hasSafeFrame(bytes, end) || later.some((other) => hasSafeFrame(other.bytes, -1))) {
        throw new FluxError('EIO', `journal ${file}: corrupt at offset ${end}, with sound records behind it`);
      }
      if (segment) segments.push(segment);
      return {
        segments,
        dropped: [cutOff(file, segment ? end : 0, bytes.length), ...later.map((other) => cutOff(other.file, 0, other.bytes.length))],
      };
    }
    segments.push(segment);
  }
  return { segments, dropped: [] };
}

/** The sound part of a segment, and where it ends. Without a sound head there is no segment. */
function readSegment(file: string, number: number, bytes: Buffer): { segment: StoredSegment | undefined; end: number } {
  const first = frameAt(bytes, 0);
  if (!first) return { segment: undefined, end: 0 };
  const head = readable(file, 0, () => decodeHead(first.payload));
  if (head.segment !== number) throw new FluxError('EIO', `journal ${file}: is segment ${head.segment}`);
  const segment: StoredSegment = { file, head, records: [] };
  let end = first.end;
  for (let frame = frameAt(bytes, end); frame; frame = frameAt(bytes, end)) {
    const { payload } = frame;
    segment.records.push({ file, offset: end, ...readable(file, end, () => decodeRecord(payload)) });
    end = frame.end;
  }
  return { segment, end };
}

/** Whether a later frame says that everything up to `offset` and beyond was safe when it was written. */
function hasSafeFrame(bytes: Buffer, offset: number): boolean {
  for (const { payload } of framesBehind(bytes, Math.max(0, offset))) {
    const safe = /"safe":(\d+)/.exec(payload.toString('latin1', 0, 300))?.[1];
    if (Number(safe ?? 0) > Math.max(0, offset)) return true;
  }
  return false;
}

function checkFollows(before: StoredSegment | undefined, { file, head }: StoredSegment): void {
  if (!before) return;
  const root: Root = before.records.at(-1) ?? before.head;
  if (root.rootref === head.rootref && root.rootseq === head.rootseq) return;
  throw new FluxError('EIO', `journal ${file}: begins at root ${head.rootseq}, but ${before.file} ends at ${root.rootseq}`);
}

function cutOff(file: string, length: number, before: number): string {
  if (length === 0) fs.rmSync(file);
  else fs.truncateSync(file, length);
  return `journal ${file}: dropped ${before - length} bytes of an unfinished write`;
}

/** A frame with a sound checksum that makes no sense was written by something else. */
function readable<T>(file: string, offset: number, decode: () => T): T {
  try {
    return decode();
  } catch (e) {
    throw new FluxError('EIO', `journal ${file}: cannot read the record at offset ${offset}`, { cause: e });
  }
}
