import fs from 'node:fs';
import path from 'node:path';
import {
  decodeMessage,
  encodeMessage,
  Flag,
  MATCHTAG_NONE,
  Message,
  MessageType,
  NODEID_ANY,
  NODEID_UPSTREAM,
  Payload,
  Role,
  USERID_UNKNOWN,
} from '../../../core/message';
import { frameMessage } from '../../../core/transport';
import { decoded, feedBytes, same } from '../../support/fuzz';

interface Fields {
  type: 1 | 2 | 4 | 8;
  flags: number;
  userid: number;
  rolemask: number;
  nodeid?: number;
  matchtag?: number;
  errnum?: number;
  sequence?: number;
  status?: number;
  /** Next hop first. */
  route: string[] | null;
  topic: string | null;
  payload_hex: string | null;
}
interface Vector {
  name: string;
  hex: string;
  local_header_hex: string;
  fields: Fields;
}
interface DecodeCase {
  name: string;
  hex: string;
  decodes: boolean;
  errno_name?: string;
  type?: number;
  flags?: number;
  topic?: string | null;
  route_count?: number;
}

const golden = JSON.parse(fs.readFileSync(path.join(__dirname, '../../golden/messages.json'), 'utf8')) as {
  vectors: Vector[];
  decode_cases: DecodeCase[];
  types: Record<string, number>;
  flags: Record<string, number>;
  roles: Record<string, number>;
  special: Record<string, number>;
};

function build(f: Fields): Message {
  const aux1 = f.nodeid ?? f.errnum ?? f.sequence ?? 0;
  const message = new Message(f.type, f.topic ?? undefined, aux1, f.matchtag ?? f.status ?? 0);
  message.flags = f.flags;
  message.userid = f.userid;
  message.rolemask = f.rolemask;
  if (f.route) message.routes = [...f.route].reverse();
  if (f.payload_hex !== null) message.payload = Payload.bytes(Buffer.from(f.payload_hex, 'hex'));
  return message;
}

describe('messages on the wire', () => {
  test.each(golden.vectors)('$name is encoded as recorded', ({ fields, hex, local_header_hex }) => {
    expect(encodeMessage(build(fields)).toString('hex')).toBe(hex);
    expect(frameMessage(build(fields)).toString('hex')).toBe(local_header_hex + hex);
  });

  test.each(golden.vectors)('$name is decoded into what it was', ({ fields, hex }) => {
    const message = decodeMessage(Buffer.from(hex, 'hex'));
    expect({
      type: message.type,
      flags: message.flags,
      userid: message.userid,
      rolemask: message.rolemask,
      aux1: message.aux1,
      aux2: message.aux2,
      routes: message.routes ?? null,
      topic: message.topic ?? null,
      payload: message.payload?.bytes.toString('hex') ?? null,
    }).toEqual({
      type: fields.type,
      flags: fields.flags,
      userid: fields.userid,
      rolemask: fields.rolemask,
      aux1: fields.nodeid ?? fields.errnum ?? fields.sequence ?? 0,
      aux2: fields.matchtag ?? fields.status ?? 0,
      routes: fields.route ? [...fields.route].reverse() : null,
      topic: fields.topic,
      payload: fields.payload_hex,
    });
  });

  test.each(golden.decode_cases)('$name is accepted or refused as recorded', (c) => {
    const bytes = Buffer.from(c.hex, 'hex');
    if (!c.decodes) {
      expect(() => decodeMessage(bytes)).toThrow(expect.objectContaining({ code: c.errno_name }));
      return;
    }
    const message = decodeMessage(bytes);
    expect([message.type, message.flags, message.topic ?? null, message.routes?.length ?? -1]).toEqual([
      c.type,
      c.flags,
      c.topic,
      c.route_count,
    ]);
  });

  test('mutated and random bytes give EPROTO or EINVAL, or a message that is encoded and decoded again: 100000', () => {
    const samples = golden.vectors.map(({ hex }) => Buffer.from(hex, 'hex'));
    feedBytes(100_000, samples, (bytes) => {
      const message = decoded(() => decodeMessage(bytes), 'EPROTO', 'EINVAL');
      if (!message) return;
      const again = decodeMessage(encodeMessage(message));
      same(again.type, message.type);
      same(again.flags, message.flags);
      same(again.topic, message.topic);
      same(again.routes?.join('!'), message.routes?.join('!'));
    });
  });

  test('types, flags, roles and special values have their recorded numbers', () => {
    const { request, response, event, control } = MessageType;
    expect({ request, response, event, keepalive: control }).toEqual(golden.types);
    expect(Flag).toEqual(golden.flags);
    expect(Role).toEqual(golden.roles);
    expect({
      userid_unknown: USERID_UNKNOWN,
      nodeid_any: NODEID_ANY,
      nodeid_upstream: NODEID_UPSTREAM,
      matchtag_none: MATCHTAG_NONE,
    }).toEqual(golden.special);
  });
});

describe('a payload that is too large for a text', () => {
  const part = 'x'.repeat(2 ** 28);
  const huge = { parts: [part, part] };

  test('makes an error of the response that has it', () => {
    const request = Message.request('a.b', undefined, { matchtag: 3 }).enableRoutes();
    const response = decodeMessage(encodeMessage(Message.response(request, 0, huge)));
    expect(response).toMatchObject({ matchtag: 3, topic: 'a.b' });
    expect(response.error()).toMatchObject({ code: 'EOVERFLOW', text: expect.stringContaining("response can't be encoded") });
  });

  test('is the error of whoever sends it with a request', () => {
    expect(() => encodeMessage(Message.request('a.b', huge))).toThrow(expect.objectContaining({ code: 'EOVERFLOW' }));
  });
});
