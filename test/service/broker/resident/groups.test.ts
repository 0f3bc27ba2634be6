import type { Flux } from '../../../../core';
import { type TestInstance, testInstance } from '../../../../core/testing';

let t: TestInstance;
beforeAll(async () => {
  t = await testInstance({ size: 4 });
});
afterAll(() => t.stop());

const members = async (name: string) => (await t.flux.rpc<{ members: string }>('groups.get', { name })).members;

/** The members that a stream tells of next. */
async function watch(name: string): Promise<() => Promise<string>> {
  const stream = t.flux.stream<{ members: string }>('groups.get', { name });
  return async () => {
    const { value } = await stream.next();
    return value!.members;
  };
}

test('a group that nobody has joined is empty', async () => {
  expect(await members('nobody')).toBe('');
});

test.each(['g', '__proto__'])('ranks join %s from anywhere in the tree and leave again; rank 0 knows all of them', async (name) => {
  const next = await watch(name);
  expect(await next()).toBe('');
  const clients = await Promise.all([0, 1, 2, 3].map((rank) => t.open(rank)));
  for (const client of clients) await client.rpc('groups.join', { name });
  let seen = '';
  while (seen !== '0-3') seen = await next();
  expect(await members(name)).toBe('0-3');
  await clients[3]!.rpc('groups.leave', { name });
  expect(await next()).toBe('0-2');
  for (const client of clients) client.close();
  while (seen !== '') seen = await next();
});

test('joins and leaves are batched: what is undone in one turn is never seen', async () => {
  const next = await watch('brief');
  await next();
  const { groups } = t.brokers[1]!;
  groups.join('brief', 'a client');
  groups.leave('brief');
  groups.join('brief', 'a client');
  expect(await next()).toBe('1');
  groups.leave('brief');
  expect(await next()).toBe('');
});

test('who has joined already, or has not, is refused with the rank and the name', async () => {
  const client = await t.open(2);
  await client.rpc('groups.join', { name: 'twice' });
  await expect(client.rpc('groups.join', { name: 'twice' })).rejects.toMatchObject({
    code: 'EEXIST',
    text: 'rank 2 is already a member of twice',
  });
  const other = await t.open(2);
  await expect(other.rpc('groups.join', { name: 'twice' })).rejects.toMatchObject({ code: 'EEXIST' });
  await expect(t.flux.rpc('groups.leave', { name: 'twice' })).rejects.toMatchObject({
    code: 'ENOENT',
    text: 'rank 0 is not a member of twice',
  });
  other.close();
  client.close();
});

test('only rank 0 tells who is in a group', async () => {
  const error = { code: 'EPROTO', text: 'this RPC is only available on rank 0' };
  await expect(t.flux.rpc('groups.get', { name: 'g' }, { nodeid: 1 })).rejects.toMatchObject(error);
  await expect(t.flux.stream('groups.get', { name: 'g' }, { nodeid: 1 }).next()).rejects.toMatchObject(error);
});

test.each([
  [null],
  [{ g: null }],
  [{ g: [null] }],
  [
    {
      g: [
        { ranks: '1', set: true },
        { ranks: null, set: true },
      ],
    },
  ],
  [{ g: [{ ranks: '1', set: 1 }] }],
  [{ good: [{ ranks: '1', set: true }], g: [{ ranks: 'x', set: true }] }],
])('an update that is malformed is EPROTO without a text, and changes nothing: %j', async (update) => {
  await expect(t.flux.rpc('groups.update', { update })).rejects.toMatchObject({ code: 'EPROTO', text: undefined });
  expect([await members('g'), await members('good')]).toEqual(['', '']);
});

test('a client that goes takes its membership along, and its streams', async () => {
  const next = await watch('left');
  await next();
  const client: Flux = await t.open(3);
  await client.rpc('groups.join', { name: 'left' });
  client.stream('groups.get', { name: 'left' }, { nodeid: 0 });
  expect(await next()).toBe('3');
  client.close();
  expect(await next()).toBe('');
});

test('the ranks of a subtree that is lost leave all groups', async () => {
  const next = await watch('tree');
  await next();
  const below = await t.open(3);
  await below.rpc('groups.join', { name: 'tree' });
  expect(await next()).toBe('3');
  await t.flux.rpc('overlay.disconnect-subtree', { rank: 1 });
  expect(await next()).toBe('');
  expect(t.brokers[0]!.log.entries.join('\n')).toContain('groups: subtree loss rank=1 (lost) LEAVE tree 3');
});
