import { type Flux, FluxError, isErrno } from '../../../core';
import { type TestInstance, testInstance } from '../../../core/testing';
import { type Method, services, topics } from './topics';

const MEGABYTE = 1024 * 1024;
const UNANSWERED_MS = 20_000;
let t: TestInstance;
let flux: Flux;
let present: (service: string) => boolean;

beforeAll(async () => {
  t = await testInstance({ rc1: true });
  flux = t.flux;
  const all = Object.keys(services).filter((service) => t.brokers[0]!.services.has(service));
  present = (service) => all.includes(service);
});
afterAll(() => t.stop());

/** The broker and each of its services still answer. */
async function allAlive(): Promise<void> {
  expect(await flux.getattr('rank')).toBe('0');
  for (const service of Object.keys(services).filter(present)) {
    const error = await failure(`${service}.nosuch`);
    expect(`${service}: ${error?.code} ${error?.text}`).toBe(`${service}: ENOSYS Unknown service method`);
  }
}

type Bytes = Buffer | string | object | undefined;

/** What the request fails with: undefined after success, ETIMEDOUT if nobody answers. Texts and buffers go as they are: services decode them. */
async function failure(topic: string, payload?: Bytes, { streaming = false } = {}): Promise<FluxError | undefined> {
  try {
    if (streaming) await first(topic, payload);
    else await flux.rpcMessage(topic, payload, { timeout: UNANSWERED_MS });
    return undefined;
  } catch (e) {
    if (e instanceof FluxError) return e;
    throw e;
  }
}

/** The first response of a stream, which is then given up. */
async function first(topic: string, payload: Bytes): Promise<void> {
  const timeout = new AbortController();
  const timer = setTimeout(() => timeout.abort(), UNANSWERED_MS);
  const stream = flux.stream(topic, payload, { signal: timeout.signal });
  try {
    await stream.nextMessage();
  } finally {
    clearTimeout(timer);
    await stream.return();
  }
}

const isSilence = (e: FluxError | undefined) => isErrno(e, 'ETIMEDOUT') || isErrno(e, 'ECANCELED');
const isRefusal = (e: FluxError | undefined, { complaint }: Method) =>
  e?.code === 'EPROTO' && (complaint ? complaint.test(e.text ?? '') : e.text === undefined);
const shown = (topic: string, what: string, e: FluxError | undefined) =>
  `${topic} ${what}: ${e ? `${e.code} ${e.text ?? ''}` : 'accepted'}`;

/** The methods that look into their payloads and answer. */
const answering = (also: (method: Method) => boolean = () => true) =>
  topics(present).filter(([, method]) => !method.raw && !method.silent && !method.unknown && also(method));

/** One of them for each service. */
const oneOfEach = (methods: [string, Method][]) => [...new Map(methods.map((row) => [row[0].split('.')[0], row])).values()];

/** Feeds a payload to each of these methods; gives what is answered by anything but what is right for a malformed one. */
async function refusedOtherwise(methods: [string, Method][], what: string, payload: Bytes): Promise<string[]> {
  const wrong: string[] = [];
  for (const [topic, method] of methods) {
    const error = await failure(topic, payload, method);
    if (!isRefusal(error, method)) wrong.push(shown(topic, what, error));
  }
  return wrong;
}

const needsKeys = ({ keys }: Method) => Object.values(keys ?? {}).some((type) => !type.endsWith('?'));
const needsObject = ({ keys }: Method) => keys !== undefined;

afterEach(allAlive);

test.each<[string, Buffer]>([
  ['bytes without a final NUL', Buffer.from('{"name":"x"}')],
  ['10 MB without a final NUL', Buffer.alloc(10 * MEGABYTE, 0xff)],
  ['half a UTF-8 character', Buffer.from([0xc3])],
])('every method refuses %s', async (what, bytes) => {
  const methods = answering().map(([topic, { complaint: _, ...method }]): [string, Method] => [topic, method]);
  expect(await refusedOtherwise(methods, what, bytes)).toEqual([]);
});

describe('a method with arguments refuses', () => {
  test.each<[string, Bytes]>([
    ['no payload', undefined],
    ['an empty string', ''],
    ['text that is no JSON', 'hello'],
    ['JSON that is no object', '[1,2]'],
    ['a JSON string', '"x"'],
    ['a number', '17'],
    ['null', 'null'],
    ['half an object', '{"name":"x"'],
    ['text after the object', '{} {}'],
    ['bytes that are no UTF-8', Buffer.from([...Buffer.from('{"name":"'), 0xff, 0xfe, ...Buffer.from('"}\0')])],
    ['a NUL inside', Buffer.from('{"na\0me":"x"}\0')],
    ['NaN', '{"name":NaN}'],
    ['more levels than a parser takes', `${'{"a":'.repeat(3000)}1${'}'.repeat(3000)}`],
  ])('%s', async (what, payload) => {
    // a stream without needs may go without a payload
    const optional = ([topic]: [string, Method]) => what === 'no payload' && topic === 'job-manager.events-journal';
    const methods = answering(needsObject).filter((row) => !optional(row));
    expect(await refusedOtherwise(methods, what, payload)).toEqual([]);
  });

  test.each<[string, string]>([
    ['10 MB of brackets', '['.repeat(10 * MEGABYTE)],
    ['10 MB of objects in objects', '{"a":'.repeat(2 * MEGABYTE)],
    ['a 10 MB string under an unknown key', `{"no such key":"${'x'.repeat(10 * MEGABYTE)}"}`],
  ])('%s', async (what, text) => {
    const bytes = Buffer.from(`${text}\0`);
    const methods = oneOfEach(answering(needsKeys));
    expect(await refusedOtherwise(methods, what, bytes)).toEqual([]);
  });

  test('an object that lacks a key', async () => {
    const wrong: string[] = [];
    for (const [topic, method] of answering(needsKeys)) {
      for (const [key, type] of Object.entries(method.keys!)) {
        if (type.endsWith('?')) continue;
        const { [key]: _, ...rest } = wellTyped(method);
        const error = await failure(topic, rest, method);
        if (!isRefusal(error, method)) wrong.push(shown(topic, `without ${key}`, error));
      }
    }
    expect(wrong).toEqual([]);
  });

  test('a key of another type', async () => {
    const wrong: string[] = [];
    for (const [topic, method] of answering(needsObject)) {
      for (const [key, type] of Object.entries(method.keys!)) {
        for (const value of otherTypes(type)) {
          const error = await failure(topic, { ...wellTyped(method), [key]: value }, method);
          if (!isRefusal(error, method)) wrong.push(shown(topic, `${key}=${JSON.stringify(value)}`, error));
        }
      }
    }
    expect(wrong).toEqual([]);
  });
});

test('10 MB in each string get an answer', async () => {
  const big = 'x'.repeat(10 * MEGABYTE);
  const silence: string[] = [];
  const methods = answering(({ drastic, keys }) => !drastic && Object.values(keys ?? {}).includes('s'));
  for (const [topic, method] of oneOfEach(methods.filter(([topic]) => !waits.includes(topic)))) {
    const payload = wellTyped(method);
    for (const [key, type] of Object.entries(method.keys!)) if (type === 's') payload[key] = big;
    const error = await failure(topic, payload, method);
    if (isSilence(error)) silence.push(topic);
  }
  expect(silence).toEqual([]);
});

test('keys beyond those that are known change nothing', async () => {
  const differ: string[] = [];
  for (const [topic, method] of answering(({ drastic, exact, keys }) => !drastic && !exact && keys !== undefined)) {
    if (waits.includes(topic)) continue;
    const plain = await failure(topic, wellTyped(method), method);
    if (isSilence(plain)) differ.push(shown(topic, 'plain', plain));
    const extended = await failure(topic, { ...wellTyped(method), 'no such key': { deep: [1, 2] } }, method);
    if (repeatable(topic) && plain?.code !== extended?.code)
      differ.push(`${shown(topic, 'plain', plain)}; ${shown(topic, 'with more', extended)}`);
    else if (isErrno(extended, 'EPROTO') !== isErrno(plain, 'EPROTO')) differ.push(shown(topic, 'with more', extended));
  }
  expect(differ).toEqual([]);
});

test('methods with raw payloads take what comes', async () => {
  const wrong: string[] = [];
  for (const [topic] of topics(present).filter(([, { raw }]) => raw)) {
    for (const payload of [undefined, Buffer.from([0xff, 0, 0xfe]), Buffer.alloc(10 * MEGABYTE, 7)]) {
      const error = await failure(topic, payload);
      if (isSilence(error)) wrong.push(topic);
    }
  }
  expect(wrong).toEqual([]);
});

test('silent methods swallow malformed requests', async () => {
  for (const [topic] of topics(present).filter(([, { silent }]) => silent))
    for (const payload of [undefined, 'hello', Buffer.from([0xff]), {}, { matchtag: 'x', pid: {}, io: 1 }]) flux.notify(topic, payload);
});

test('cancelling is no way to harm a service', async () => {
  for (const service of Object.keys(services).filter(present)) {
    for (const payload of [undefined, 'hello', Buffer.from([0xff]), '[]', '{"matchtag":', {}, { matchtag: {} }, { matchtag: 1 }]) {
      flux.notify(`${service}.cancel`, payload);
      flux.notify(`${service}.cancel`, payload, { userid: 4242, rolemask: 2 });
    }
  }
});

test.each(['', '.', '..', '.x', 'broker.', 'broker..ping', 'broker', 'x'.repeat(300), 'é.ü', 'broker.ping\0x'])(
  'a topic that makes no sense is ENOSYS: %j',
  async (topic) => {
    expect((await failure(topic, {}))?.code).toBe('ENOSYS');
  },
);

/** Methods that rightly wait for something when they are asked well. */
const waits = [
  'barrier.enter',
  'job-manager.events-journal',
  'job-manager.wait',
  'kvs.fence',
  'resource.monitor-waitup',
  'kvs.sync',
  'kvs.setroot-pause',
];

/** Methods that do the same when asked twice. */
const repeatable = (topic: string) => !/^(groups\.(join|leave)|service\.|kvs\.namespace-|content\.register|job-manager\.)/.test(topic);

const values: Record<string, unknown> = { s: 'hostile', i: 0, I: 0, f: 0.5, b: false, o: {}, a: [], '*': {} };

function wellTyped({ keys }: Method): Record<string, unknown> {
  const required = Object.entries(keys!).filter(([, type]) => !type.endsWith('?'));
  return Object.fromEntries(required.map(([key, type]) => [key, values[type]]));
}

/** Values that are none of this type: for a number any but numbers, since reals and integers are told apart elsewhere. */
function otherTypes(type: string): unknown[] {
  const kind = type[0]!;
  if (kind === '*') return [];
  const all: [string, unknown][] = [
    ['s', 'text'],
    ['i', 7],
    ['b', true],
    ['o', { a: 1 }],
    ['a', ['x']],
  ];
  const same = kind === 'I' || kind === 'f' ? 'i' : kind;
  return [...all.filter(([other]) => other !== same).map(([, value]) => value), ...(kind === 'i' || kind === 'I' ? [1.5] : [])];
}
