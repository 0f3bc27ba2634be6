import { FluxError, toFluxError } from '../sys/errors';
import { Flag, type MessageType } from './constants';
import { Message } from './message';
import { Payload } from './payload';

const MAGIC = 0x8e;
const VERSION = 1;
const PROTO_LENGTH = 20;
const delimiter = Buffer.alloc(0);

/**
 * The frames of a message, in order, as they are the parts of a ZeroMQ message (docs/protocol/wire.md §2). A response that can't be encoded becomes
 * an error response: whoever asked is told, and nobody else is concerned.
 * @throws FluxError EOVERFLOW for a request or event that is too large to be a message
 */
export function encodeFrames(message: Message): Buffer[] {
  const frames: Buffer[] = [];
  if (message.has(Flag.route)) {
    const routes = message.routes ?? [];
    for (let i = routes.length - 1; i >= 0; i--) frames.push(Buffer.from(routes[i]!, 'latin1'));
    frames.push(delimiter);
  }
  if (message.has(Flag.topic)) frames.push(Buffer.from(message.topic ?? ''));
  if (message.has(Flag.payload)) frames.push(payloadOf(message));
  frames.push(encodeProto(message));
  return frames;
}

/** The message of these frames. EPROTO as docs/protocol/wire.md §2 "Decoding rules" says. */
export function decodeFrames(frames: readonly Buffer[]): Message {
  const proto = frames[frames.length - 1];
  if (!proto || proto.length < PROTO_LENGTH || proto[0] !== MAGIC || proto[1] !== VERSION) throw new FluxError('EPROTO');
  const type = proto[2]!;
  if (type !== 1 && type !== 2 && type !== 4 && type !== 8) throw new FluxError('EPROTO');
  const last = frames.length - 1;
  const message = new Message(type as MessageType, undefined, proto.readUInt32BE(12), proto.readUInt32BE(16));
  message.flags = proto[3]!;
  message.userid = proto.readUInt32BE(4);
  message.rolemask = proto.readUInt32BE(8);
  let at = 0;
  if (message.has(Flag.route)) {
    const routes: string[] = [];
    for (; ; at++) {
      if (at >= last) throw new FluxError('EPROTO');
      const frame = frames[at]!;
      if (frame.length === 0) break;
      routes.push(frame.toString('latin1'));
    }
    at++;
    message.routes = routes.reverse();
  }
  if (message.has(Flag.topic)) {
    if (at >= last) throw new FluxError('EPROTO');
    message.topic = frames[at++]!.toString('utf8');
  }
  if (message.has(Flag.payload)) {
    if (at >= last) throw new FluxError('EPROTO');
    message.payload = Payload.bytes(frames[at++]!);
  }
  return message;
}

/** Stream encoding of one message: every frame behind its length (docs/protocol/wire.md §2), in one buffer with `headroom` free bytes before it. */
export function encodeMessage(message: Message, headroom = 0): Buffer {
  const frames = encodeFrames(message);
  const out = Buffer.allocUnsafe(headroom + encodedLength(frames));
  writeFrames(frames, out, headroom);
  return out;
}

/** Bytes that frames take in stream encoding. */
export function encodedLength(frames: readonly Buffer[]): number {
  let length = 0;
  for (const frame of frames) length += frame.length + (frame.length < 255 ? 1 : 5);
  return length;
}

/** Writes frames in stream encoding into a buffer that has the room; the offset behind them. */
export function writeFrames(frames: readonly Buffer[], out: Buffer, offset: number): number {
  let at = offset;
  for (const frame of frames) {
    if (frame.length < 255) out[at++] = frame.length;
    else {
      out[at++] = 255;
      at = out.writeUInt32BE(frame.length, at);
    }
    at += frame.copy(out, at);
  }
  return at;
}

/** Decodes one message from its stream encoding. EINVAL if the bytes end inside a length or frame, else EPROTO as decodeFrames. */
export function decodeMessage(bytes: Buffer): Message {
  const frames: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    let length = bytes[at++]!;
    if (length === 255) {
      if (at + 4 > bytes.length) throw new FluxError('EINVAL');
      length = bytes.readUInt32BE(at);
      at += 4;
    }
    if (at + length > bytes.length) throw new FluxError('EINVAL');
    frames.push(bytes.subarray(at, at + length));
    at += length;
  }
  return decodeFrames(frames);
}

function payloadOf(message: Message): Buffer {
  try {
    return message.bytes;
  } catch (e) {
    const error = toFluxError(e, 'EOVERFLOW'); // V8 knows no string of so many characters
    if (!message.isResponse) throw error;
    message.errnum = error.errnum;
    return message.setPayload(`response can't be encoded: ${error.message}`).bytes;
  }
}

function encodeProto(message: Message): Buffer {
  const proto = Buffer.allocUnsafe(PROTO_LENGTH);
  proto[0] = MAGIC;
  proto[1] = VERSION;
  proto[2] = message.type;
  proto[3] = message.flags;
  proto.writeUInt32BE(message.userid, 4);
  proto.writeUInt32BE(message.rolemask >>> 0, 8);
  proto.writeUInt32BE(message.aux1 >>> 0, 12);
  proto.writeUInt32BE(message.aux2 >>> 0, 16);
  return proto;
}
