import dgram from 'node:dgram';
import { once } from 'node:events';
import type { Flux, ModuleContext } from '../../../core';
import { parseCollector } from '../../../core/broker/modules/gauges';
import { type TestInstance, testInstance } from '../../../core/testing';

let collector: dgram.Socket;
let t: TestInstance;
let m: ModuleContext<unknown, unknown>;

beforeAll(async () => {
  collector = dgram.createSocket('udp4');
  collector.bind(0, '127.0.0.1');
  await once(collector, 'listening');
  t = await testInstance({ size: 2, env: { FLUX_FRIPP_STATSD: `127.0.0.1:${collector.address().port}` } });
});
afterAll(async () => {
  await t.stop();
  collector.close();
});

const datagram = async () => String(((await once(collector, 'message')) as [Buffer])[0]);

test('gauges set in one turn travel together, as flux.RANK.NAME; what has not changed stays at home', async () => {
  await t.load(1, { name: 'measured', api: 1, main: (context) => void (m = context) });
  const first = datagram();
  m.gauge('tank.level', 5);
  m.gauge('tank.level', 7);
  m.gauge('tank.inlets', 2);
  expect(await first).toBe('flux.1.tank.level:7|g\nflux.1.tank.inlets:2|g\n');
  const second = datagram();
  m.gauge('tank.inlets', 2);
  m.gauge('tank.level', 0);
  expect(await second).toBe('flux.1.tank.level:0|g\n');
});

test('the content cache reports its numbers at each heartbeat', async () => {
  await t.load(0, 'content');
  await t.flux.rpcMessage('content.store', Buffer.from('a blob'));
  const report = datagram();
  await t.flux.publish('heartbeat.pulse');
  expect((await report).trim().split('\n').sort()).toEqual([
    'flux.0.content-cache.count:1|g',
    'flux.0.content-cache.dirty:1|g',
    'flux.0.content-cache.flush-batch-count:0|g',
    'flux.0.content-cache.size:6|g',
    'flux.0.content-cache.valid:1|g',
  ]);
});

test.each([
  ['localhost:8125', { host: 'localhost', port: 8125 }],
  ['[::1]:1', { host: '::1', port: 1 }],
])('an address: %s', (text, collectorOf) => expect(parseCollector(text)).toEqual(collectorOf));

test.each(['', 'localhost', ':8125', 'host:', 'host:0', 'host:65536', 'host:x'])('no address: %j', (text) =>
  expect(() => parseCollector(text)).toThrow(`FLUX_FRIPP_STATSD: ${text} is not host:port`),
);

test.each([
  ['nowhere', 'FLUX_FRIPP_STATSD: nowhere is not host:port'],
  ['no host:8125', 'FLUX_FRIPP_STATSD: getaddrinfo '],
])('a collector that can not be reached is one line in the log, and modules run: %s', async (address, text) => {
  const bad = await testInstance({ env: { FLUX_FRIPP_STATSD: address } });
  try {
    const contexts: ModuleContext<unknown, unknown>[] = [];
    for (const name of ['one', 'two']) await bad.load(0, { name, api: 1, main: (context) => void contexts.push(context) });
    const complaints = () => bad.brokers[0]!.log.entries.filter((line) => line.includes('FLUX_FRIPP_STATSD'));
    for (const value of [1, 2]) for (const context of contexts) context.gauge('x', value);
    const flux = await bad.open();
    for await (const line of { [Symbol.asyncIterator]: () => lines(flux) }) if (line.includes('FLUX_FRIPP_STATSD')) break;
    expect(complaints()).toEqual([expect.stringContaining(text)]);
  } finally {
    await bad.stop();
  }
});

/** Entries of the broker's log, present and to come. */
function lines(flux: Flux): AsyncIterator<string> {
  const stream = flux.stream('log.dmesg', { follow: true });
  return {
    async next() {
      const message = await stream.nextMessage();
      return message ? { done: false, value: message.text() } : { done: true, value: undefined };
    },
  };
}
