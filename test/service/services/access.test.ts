import fs from 'node:fs';
import path from 'node:path';
import { Flux, type FluxError } from '../../../core';
import { builtinAccess } from '../../../core/broker/modules/builtin-methods';
import { topicOf } from '../../../core/broker/modules/module-context';
import { library } from '../../../core/library';
import { loadPlugin, tablesOf } from '../../../core/plugin';
import { methodsOf } from '../../../core/protocol';
import { type TestInstance, testInstance } from '../../../core/testing';
import { ServedTopics } from './recorder';
import { services, topics } from './topics';

const GUEST = { userid: 4242, rolemask: 2 };
const OWNER_TEXT = 'Request requires owner credentals';
const PRIVILEGE_TEXT = 'Request rejected due to insufficient privilege';
/** What modules of this system say to each other, and the contract does not know. */
const own = /^kvs\.(expose|lend)$/;
const served = new ServedTopics();
let t: TestInstance;
let present: (service: string) => boolean;

beforeAll(async () => {
  const stop = served.start();
  try {
    t = await testInstance({ rc1: true });
  } finally {
    stop();
  }
  present = (service) => t.brokers[0]!.services.has(service);
});
afterAll(() => t.stop());

/** The error of a request without payload, sent with what credentials `flux` has or `as` says. */
async function refusal(flux: Flux, topic: string, as: { userid?: number; rolemask?: number } = {}): Promise<FluxError | undefined> {
  try {
    await flux.rpc(topic, undefined, { ...as, timeout: 20_000 });
    return undefined;
  } catch (e) {
    return e as FluxError;
  }
}

/** Every topic whose refusal is not what its role says. */
async function wronglyAdmitted(flux: Flux, as?: { userid: number; rolemask: number }): Promise<string[]> {
  const wrong: string[] = [];
  for (const [topic, { role, silent }] of topics(present)) {
    if (role !== 'owner' && silent) continue;
    const error = await refusal(flux, topic, as);
    const refused = error?.code === 'EPERM' && error.text === OWNER_TEXT;
    const unanswered = error?.code === 'ETIMEDOUT';
    if (refused !== (role === 'owner') || unanswered) wrong.push(`${topic}: ${error?.code} ${error?.text}`);
  }
  return wrong;
}

test('the table has every topic that is served, and nothing else', () => {
  const known = topics(present);
  const names = new Set(known.map(([topic]) => topic));
  expect([...served.topics].filter((topic) => !names.has(topic))).toEqual([]);
  // methods of modules in a thread, and those that take raw payloads, are not seen being registered
  const unseen = (topic: string) => /^(content-sqlite|content-backing|kvs-checkpoint)\./.test(topic);
  expect(
    known.filter(([topic, { raw, unknown }]) => !raw && !unknown && !unseen(topic) && !served.topics.has(topic)).map(([topic]) => topic),
  ).toEqual([]);
});

test('each module has a table of its methods, with the roles of the contract', () => {
  const folder = path.join(__dirname, '../../../plugins');
  const names = fs.readdirSync(folder).filter((name) => fs.existsSync(path.join(folder, name, 'index.js')));
  expect(names).toContain('kvs');
  const wrong = names.flatMap((name) => {
    const { services: further = [], methods = {}, serves } = loadPlugin(path.join(folder, name), { kind: 'module', library }).definition;
    const rows = [
      ...Object.entries(methods).map(([method, role]) => [topicOf(method, [name, ...further]), role] as const),
      ...tablesOf(serves).flatMap((table) => methodsOf(table).map(([, { topic, spec }]) => [topic, spec.role] as const)),
    ];
    const table = new Map<string, string>(rows);
    const expected = [name, ...further].flatMap((service) =>
      Object.entries(services[service] ?? {}).map(([method, row]) => [`${service}.${method}`, row] as const),
    );
    const builtin = Object.keys(builtinAccess).map((method) => `${name}.${method}`);
    return [
      ...expected
        .filter(([topic, { unknown }]) => !table.has(topic) && !builtin.includes(topic) && !unknown)
        .map(([topic]) => `${topic}: not in the module's table`),
      ...rows
        .filter(([topic, role]) => !own.test(topic) && expected.find(([one]) => one === topic)?.[1].role !== role)
        .map(([topic, role]) => `${topic}: ${role}`),
    ];
  });
  expect(wrong).toEqual([]);
});

describe('a guest is refused what is the owner’s, and nothing else', () => {
  test('in this process', async () => {
    expect(await wronglyAdmitted(t.flux, GUEST)).toEqual([]);
  });

  test('on a connection with FLUX_HANDLE_USERID and FLUX_HANDLE_ROLEMASK', async () => {
    const flux = await Flux.open(t.uri(), { env: { FLUX_HANDLE_USERID: '4242', FLUX_HANDLE_ROLEMASK: '0x2' } });
    try {
      expect(await wronglyAdmitted(flux)).toEqual([]);
    } finally {
      flux.close();
    }
  });

  test('on a connection that connector-local takes for a guest’s, whatever the messages say', async () => {
    await t.flux.rpc('connector-local.debug', { op: 'setbit', flags: 4 });
    const flux = await Flux.open(t.uri(), { env: { FLUX_HANDLE_USERID: String(process.getuid!()), FLUX_HANDLE_ROLEMASK: '1' } });
    try {
      expect(await wronglyAdmitted(flux)).toEqual([]);
    } finally {
      flux.close();
    }
  });
});

test('a sender without the user role gets only what is for all', async () => {
  for (const [topic, { role, silent }] of topics(present)) {
    if (role === 'any' && silent) continue;
    const error = await refusal(t.flux, topic, { userid: 4242, rolemask: 4 });
    const text = { owner: OWNER_TEXT, user: PRIVILEGE_TEXT, any: undefined }[role];
    if (text) expect({ topic, code: error?.code, text: error?.text }).toEqual({ topic, code: 'EPERM', text });
    else expect(error?.code).not.toBe('EPERM');
  }
});

test('a refused request with matchtag 0 gets no answer', async () => {
  const answers: string[] = [];
  t.flux.onUntaggedResponse = (response) => void answers.push(response.topic!);
  const { Message } = await import('../../../core/message/index.js');
  const send = (topic: string, rolemask: number) => {
    const message = Message.request(topic).enableRoutes();
    Object.assign(message, { userid: 4242, rolemask });
    t.flux.send(message);
  };
  send('broker.lsmod', 2);
  send('broker.lsmod', 1);
  await t.flux.rpc('broker.lsmod');
  expect(answers).toEqual(['broker.lsmod']);
});

test('guests may register names that begin with their userid only, and take back their own only', async () => {
  const guest = await t.open();
  const rpc = (topic: string, service: string) => guest.rpc(topic, { service }, GUEST);
  await expect(rpc('service.add', 'mine')).rejects.toMatchObject({ code: 'EPERM', text: undefined });
  await expect(rpc('service.add', '42-mine')).rejects.toMatchObject({ code: 'EPERM' });
  await expect(rpc('service.add', '4242-a.b')).rejects.toMatchObject({ code: 'EINVAL' });
  await rpc('service.add', '4242-mine');
  await expect(rpc('service.remove', 'kvs')).rejects.toMatchObject({ code: 'EPERM' });
  const other = await t.open();
  await expect(other.rpc('service.remove', { service: '4242-mine' }, GUEST)).rejects.toMatchObject({ code: 'EINVAL' });
  await rpc('service.remove', '4242-mine');
  await expect(rpc('service.remove', '4242-mine')).rejects.toMatchObject({ code: 'ENOENT' });
  guest.close();
  other.close();
});

test('services of the table that an instance lacks are those of modules rc1 does not name yet', () => {
  const absent = Object.keys(services).filter((service) => !present(service));
  expect(['cron', 'job-archive']).toEqual(expect.arrayContaining(absent));
});
