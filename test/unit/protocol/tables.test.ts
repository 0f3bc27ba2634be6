import { Real, real } from '../../../core/formats/json';
import { Flux, type Handlers } from '../../../core/handle';
import { Message } from '../../../core/message';
import { defineModule } from '../../../core/plugin';
import { shop, site } from './shop';

let flux: Flux;
const gone: string[] = [];

const handlers: Handlers<typeof shop> = {
  sell: ({ item, count, price, order }) => {
    seen.push({ item, count, price, order });
    return price === undefined ? { sold: count } : { sold: count, total: real(count * price) };
  },
  byId: ({ id }) => ({ id }),
  async *watch() {
    yield { sold: 1 };
    yield { sold: 2 };
  },
  state: {
    once: () => ({ open: true }),
    async *stream() {
      yield { open: true };
      yield { open: false };
    },
  },
  disconnect: (_, request) => void gone.push(request.topic),
  store: (blob) => `sha1-${blob.length}`,
  load: (name) => Buffer.from(`blob of ${name}`),
  audit: undefined,
  count: () => {},
};
const seen: object[] = [];

beforeEach(async () => {
  flux = await Flux.open('loop://', { env: {} });
  flux.serveTable(shop, handlers);
});
afterEach(() => flux.close());

const refusal = (call: Promise<unknown>) =>
  call.then(
    () => undefined,
    (e: { code: string; text?: string }) => ({ code: e.code, text: e.text }),
  );
const raw = (topic: string, json: string) => flux.rpc(topic, Buffer.from(`${json}\0`));

test('a row is named after its key or by its name; an event of many begins the topics of all', () => {
  expect([shop.sell.topic, shop.byId.topic, shop.opened.topic]).toEqual(['shop.sell', 'shop.by-id', 'shop.opened']);
  expect([shop.added.topic, shop.added.of('tea').topic]).toEqual(['shop.added-', 'shop.added-tea']);
  expect([shop.soldOut.topic, shop.soldOut.of('tea').topic]).toEqual(['shop.item-', 'shop.item-tea-sold-out']);
  expect(shop.sell.at('kiosk').topic).toBe('kiosk.sell');
});

test('a handler gets what the shape says, with defaults, and nothing else', async () => {
  expect(await flux.call(shop.sell, { item: 'tea' })).toEqual({ sold: 1 });
  expect(await raw('shop.sell', '{"item":"tea","count":2,"price":1.5,"colour":"green","order":{"ratio":2.0}}')).toEqual({
    sold: 2,
    total: 3,
  });
  expect(seen.splice(0)).toEqual([
    { item: 'tea', count: 1 },
    { item: 'tea', count: 2, price: 1.5, order: { ratio: new Real(2) } },
  ]);
});

test.each([
  ['{}', 'nothing where something must be'],
  ['{"item":1}', 'another type'],
  ['{"item":null}', 'null, which is not nothing'],
  ['{"item":"tea","count":2.0}', 'a real for an integer'],
  ['{"item":"tea","price":"1"}', 'a string for a number'],
  ['{"item":"tea","order":[]}', 'an array for an object'],
  ['[]', 'no object'],
])('%s is EPROTO without a text: %s', async (json) => {
  expect(await refusal(raw('shop.sell', json))).toEqual({ code: 'EPROTO', text: undefined });
});

test('a request without a payload is EPROTO where a shape is', async () => {
  expect(await refusal(flux.rpc('shop.sell'))).toEqual({ code: 'EPROTO', text: undefined });
});

test('surplus keys are EPROTO where the table says so', async () => {
  expect(await refusal(raw('shop.by-id', '{"id":1,"x":2}'))).toEqual({ code: 'EPROTO', text: undefined });
});

test('ids are bigints for handlers, unsigned whatever C made of them', async () => {
  expect(await raw('shop.by-id', '{"id":-1}')).toEqual({ id: 18446744073709551615n });
  expect(await flux.call(shop.byId, { id: 5n })).toEqual({ id: 5 });
});

test('a complaint puts the reason into words', async () => {
  expect(await refusal(raw('shop.count', '{"item":1}'))).toEqual({ code: 'EPROTO', text: "can't count: Expected string, got integer" });
  expect(await refusal(raw('shop.count', '{}'))).toEqual({ code: 'EPROTO', text: "can't count: Object item not found: item" });
});

test("a site's shape says to people what is wrong, and needs no payload if all may be left out", async () => {
  flux.serveTable(site, { greet: ({ name, times }) => ({ name, times }) as never });
  expect(await flux.rpc('site.greet', { name: 'Ada' })).toEqual({ name: 'Ada', times: 1 });
  expect(await refusal(flux.rpc('site.greet', { nam: 'Ada' }))).toEqual({ code: 'EPROTO', text: 'name: is required' });
  expect(await refusal(flux.rpc('site.greet', { name: 'Ada', tims: 2 }))).toEqual({
    code: 'EPROTO',
    text: 'tims: unknown key; did you mean times?',
  });
});

test('the role is asked before the shape', async () => {
  const guest = { userid: 1, rolemask: 2 };
  expect(await refusal(flux.rpc('shop.count', {}, guest))).toMatchObject({ code: 'EPERM' });
  expect(await refusal(flux.rpc('shop.sell', {}, guest))).toMatchObject({ code: 'EPROTO' });
});

test('a stream is one for requests that want one, and EPROTO for others', async () => {
  const sold: number[] = [];
  for await (const response of flux.open(shop.watch, { item: 'tea' })) sold.push(response.sold);
  expect(sold).toEqual([1, 2]);
  expect(await refusal(flux.rpc('shop.watch', { item: 'tea' }))).toEqual({ code: 'EPROTO', text: undefined });
});

test('either: as the request asks', async () => {
  expect(await flux.call(shop.state)).toEqual({ open: true });
  const states: boolean[] = [];
  for await (const { open } of flux.open(shop.state)) states.push(open);
  expect(states).toEqual([true, false]);
});

test('what is only told gets no answer', async () => {
  flux.tell(shop.disconnect);
  expect(await flux.call(shop.state)).toEqual({ open: true });
  expect(gone.splice(0)).toEqual(['shop.disconnect']);
});

test('strings and bytes go as they are', async () => {
  expect(await flux.call(shop.store, Buffer.from('abc'))).toBe('sha1-3');
  expect(String(await flux.call(shop.load, 'x'))).toBe('blob of x');
});

test('what rank 0 alone serves is unknown elsewhere', async () => {
  expect(await refusal(flux.call(shop.audit))).toEqual({ code: 'ENOSYS', text: 'Unknown service method' });
});

test('an event is read by its shape', () => {
  expect(shop.opened.read(Message.event('shop.opened', { open: true, more: 1 }))).toEqual({ open: true });
  expect(() => shop.opened.read(Message.event('shop.opened', {}))).toThrow(expect.objectContaining({ code: 'EPROTO' }));
});

test('a handler that is missing, and one too many, are refused by name', () => {
  const { sell: _, ...fewer } = handlers;
  expect(() => flux.serveTable(shop, fewer as never)).toThrow('shop: nothing handles sell');
  expect(() => flux.serveTable(shop, { ...handlers, sel: () => {} } as never)).toThrow('shop: sel handles no method; did you mean sell?');
});

test('a module is named after its first table', () => {
  const definition = defineModule({ serves: [shop, site], api: 1, main: () => [handlers, { greet: () => {} }] as const });
  expect([definition.name, definition.services]).toEqual(['shop', ['site']]);
});
