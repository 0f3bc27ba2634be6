import fs from 'node:fs';
import path from 'node:path';
import { decodeMessage, encodeMessage, Message, Payload } from '../../../core/message';
import { FluxError } from '../../../core/sys/errors';
import { frameMessage } from '../../../core/transport';

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

  test('mutated and random bytes give EPROTO or EINVAL, or a message that is encoded and decoded again', () => {
    const seed = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
    const random = generator(seed);
    const samples = golden.vectors.map(({ hex }) => Buffer.from(hex, 'hex'));
    for (let i = 0; i < 100_000; i++) {
      const bytes = mutate(samples[Math.floor(random() * samples.length)]!, random);
      try {
        const message = decodeMessage(bytes);
        const again = decodeMessage(encodeMessage(message));
        if (again.type !== message.type || again.flags !== message.flags || again.routes?.length !== message.routes?.length)
          throw new Error('changed by encoding');
      } catch (e) {
        if (e instanceof FluxError && (e.code === 'EPROTO' || e.code === 'EINVAL')) continue;
        throw new Error(`SEED=${seed} input ${i}: ${bytes.toString('hex').slice(0, 200)}: ${e}`);
      }
    }
  });
});

/** mulberry32: small, seeded. */
function generator(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

function mutate(sample: Buffer, random: () => number): Buffer {
  const pick = random();
  if (pick < 0.1) return Buffer.from(Array.from({ length: Math.floor(random() * 64) }, () => Math.floor(random() * 256)));
  if (pick < 0.3) return sample.subarray(0, Math.floor(random() * sample.length));
  const bytes = Buffer.from(sample);
  for (let n = 1 + Math.floor(random() * 4); n > 0; n--) bytes[Math.floor(random() * bytes.length)] = Math.floor(random() * 256);
  return bytes;
}
