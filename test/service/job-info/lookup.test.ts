import { failsWith, GUEST } from '../kvs/instance';
import { ID, InfoInstance, log, OWNER, started } from './instance';

let t: InfoInstance;
beforeAll(async () => {
  t = await InfoInstance.start();
  await t.put('eventlog', started);
  await t.put('R', '{"version": 1, "x": 2.0}');
  await t.createGuest();
  await t.guest.put('exec.eventlog', log('init'));
});
afterAll(() => t.stop());

test('values are given as they are stored, whichever are asked for', async () => {
  expect(await t.lookup(['R', 'eventlog'])).toEqual({ R: '{"version": 1, "x": 2.0}', eventlog: started });
  expect(await t.lookup([])).toEqual({});
});

test('keys go through the link to the guest namespace', async () => {
  expect(await t.lookup(['guest.exec.eventlog'])).toEqual({ 'guest.exec.eventlog': log('init') });
});

test('it is all or nothing', async () => {
  await expect(t.lookup(['R', 'nosuch'])).rejects.toEqual(failsWith('ENOENT'));
  await expect(t.lookup(['guest'])).rejects.toEqual(failsWith('EISDIR'));
  await expect(t.lookup(['R', 1])).rejects.toEqual(failsWith('EINVAL'));
  await expect(t.flux.rpc('job-info.lookup', { id: 7n, keys: ['R'], flags: 0 })).rejects.toEqual(failsWith('ENOENT'));
});

test.each([{}, { id: 1, keys: ['R'] }, { id: 1, flags: 0 }, { keys: ['R'], flags: 0 }, { id: 'x', keys: [], flags: 0 }])(
  '%j is malformed',
  async (payload) => {
    await expect(t.flux.rpc('job-info.lookup', payload)).rejects.toEqual(failsWith('EPROTO'));
  },
);

test('users see their own jobs, whatever the key, and nobody a job that is not there', async () => {
  const user = { userid: OWNER, rolemask: 2 };
  expect(await t.lookup(['R'], user)).toHaveProperty('R');
  for (const key of ['R', 'nosuch']) await expect(t.lookup([key], GUEST)).rejects.toEqual(failsWith('EPERM'));
  await expect(t.flux.rpc('job-info.lookup', { id: 7n, keys: ['R'], flags: 0 }, user)).rejects.toEqual(failsWith('ENOENT'));
});

test('a guest namespace that is gone is not found', async () => {
  await t.flux.rpc('kvs.namespace-remove', { namespace: `job-${ID}` }, { nodeid: 0 });
  await expect(t.lookup(['guest.exec.eventlog'])).rejects.toEqual(failsWith('ENOTSUP'));
});

test('what is outstanding is counted, for the owner only', async () => {
  expect(await t.flux.rpc('job-info.stats.get')).toEqual({ lookups: 0, watchers: 0, guest_watchers: 0 });
  await expect(t.flux.rpc('job-info.stats.get', undefined, GUEST)).rejects.toEqual(failsWith('EPERM'));
});
