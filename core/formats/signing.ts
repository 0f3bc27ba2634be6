import { FluxError } from '../sys/errors';
import { decodeBase64, encodeBase64 } from './base64';

/** The contents of a signed job request J. */
export interface SignedJob {
  /** User who signed, as stated in the header. */
  userid: number;
  mechanism: 'none';
  /** The jobspec's exact text. */
  payload: Buffer;
}

/** J of a jobspec text by mechanism none: `HEADER.PAYLOAD.none` (docs/protocol/job-manager.md §3.3). */
export function signNone(userid: number, payload: Uint8Array | string): string {
  const header = `version\0i1\0userid\0i${userid}\0mechanism\0snone\0`;
  return `${encodeBase64(header)}.${encodeBase64(payload)}.none`;
}

/** Takes a J of mechanism none apart. @throws FluxError EINVAL */
export function unwrapNone(j: string): SignedJob {
  const parts = j.split('.');
  if (parts.length !== 3 || parts[2] !== 'none') throw new FluxError('EINVAL', 'malformed J');
  const header = parseHeader(decodeBase64(parts[0]!).toString('latin1'));
  const userid = /^i([0-9]+)$/.exec(header.get('userid') ?? '')?.[1];
  const valid = header.size === 3 && header.get('version') === 'i1' && header.get('mechanism') === 'snone';
  if (!valid || userid === undefined || Number(userid) > 0xffffffff) throw new FluxError('EINVAL', 'invalid J header');
  return { userid: Number(userid), mechanism: 'none', payload: decodeBase64(parts[1]!) };
}

function parseHeader(text: string): Map<string, string> {
  const strings = text.split('\0');
  if (strings.pop() !== '' || strings.length % 2 !== 0) throw new FluxError('EINVAL', 'invalid J header');
  const header = new Map<string, string>();
  for (let i = 0; i < strings.length; i += 2) header.set(strings[i]!, strings[i + 1]!);
  return header;
}
