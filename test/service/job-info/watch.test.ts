import { failsWith, GUEST } from '../kvs/instance';
import { ID, InfoInstance, log, names, next, OWNER, released, started } from './instance';

let t: InfoInstance;
beforeEach(async () => {
  t = await InfoInstance.start();
});
afterEach(() => t.stop());

test('the main eventlog is followed, an entry at a time, until the job is clean', async () => {
  await t.put('eventlog', started);
  const stream = t.watch('eventlog');
  for (const name of ['submit', 'depend', 'alloc', 'start']) expect(await next(stream)).toBe(name);
  await t.append('eventlog', log('a', 'b'));
  await t.append('eventlog', log('clean'));
  expect(await names(stream)).toEqual(['a', 'b', 'clean']);
});

test('a finished log is sent whole', async () => {
  await t.put('eventlog', started + released + log('clean'));
  expect(await names(t.watch('eventlog'))).toEqual(['submit', 'depend', 'alloc', 'start', 'finish', 'release', 'clean']);
});

test('another key of the job is followed until the watch is cancelled', async () => {
  await t.put('eventlog', started);
  await t.put('other', log('one'));
  const stream = t.watch('other');
  expect(await next(stream)).toBe('one');
  await t.append('other', log('clean'));
  expect(await next(stream)).toBe('clean');
  t.flux.notify('job-info.eventlog-watch-cancel', { matchtag: stream.matchtag });
  expect(await next(stream)).toBeUndefined();
  await t.watchers(0);
});

test('a cancel of something else does nothing', async () => {
  await t.put('eventlog', started);
  const stream = t.watch('eventlog');
  await next(stream);
  t.flux.notify('job-info.eventlog-watch-cancel', { matchtag: stream.matchtag + 1 });
  await t.watchers(1);
  await t.append('eventlog', log('clean'));
  expect((await names(stream)).at(-1)).toBe('clean');
});

describe('a guest eventlog', () => {
  test('is followed in the guest namespace, and its rest from the copy, without loss or duplicates', async () => {
    await t.put('eventlog', started);
    await t.createGuest();
    await t.guest.put('exec.eventlog', log('init'));
    const stream = t.watch('guest.exec.eventlog');
    expect(await next(stream)).toBe('init');
    expect(await t.flux.rpc('job-info.stats.get')).toEqual({ lookups: 0, watchers: 1, guest_watchers: 1 });
    await t.guest.append('exec.eventlog', log('shell.init', 'complete'));
    await t.guest.append('exec.eventlog', log('done'));
    await t.endGuest();
    await t.append('eventlog', released);
    expect(await names(stream)).toEqual(['shell.init', 'complete', 'done']);
  });

  test('that waits for the copy, and is cancelled, ends as any that is cancelled', async () => {
    await t.put('eventlog', started);
    await t.createGuest();
    await t.guest.put('exec.eventlog', log('init'));
    const stream = t.watch('guest.exec.eventlog');
    expect(await next(stream)).toBe('init');
    await t.endGuest();
    for (let i = 0; i < 100; i++) await t.flux.rpc('job-info.stats.get'); // the end of the namespace is known by then
    t.flux.notify('job-info.eventlog-watch-cancel', { matchtag: stream.matchtag });
    expect(await next(stream)).toBeUndefined();
  });

  test('of a job that is over comes from the copy', async () => {
    await t.put('eventlog', started + released);
    await t.put('guest.output', log('header', 'data'));
    expect(await names(t.watch('guest.output'))).toEqual(['header', 'data']);
    await expect(names(t.watch('guest.nosuch'))).rejects.toEqual(failsWith('ENOENT'));
  });

  test('of a job that waits comes when it starts', async () => {
    const pending = started.split('\n').slice(0, 2).join('\n');
    await t.put('eventlog', `${pending}\n`);
    const stream = t.watch('guest.exec.eventlog');
    await t.watchers(1);
    await t.createGuest();
    await t.guest.put('exec.eventlog', log('init'));
    await t.append('eventlog', log('start'));
    expect(await next(stream)).toBe('init');
    t.flux.notify('job-info.eventlog-watch-cancel', { matchtag: stream.matchtag });
    expect(await next(stream)).toBeUndefined();
  });

  test('of a job that never starts ends without an event', async () => {
    await t.put('eventlog', log(['submit', { userid: OWNER }]));
    const stream = t.watch('guest.exec.eventlog');
    await t.watchers(1);
    await t.append('eventlog', log(['exception', { type: 'cancel', severity: 0 }], 'clean'));
    expect(await names(stream)).toEqual([]);
  });

  test('that is not there yet while the job runs is an error', async () => {
    await t.put('eventlog', started);
    await t.createGuest();
    await expect(names(t.watch('guest.output'))).rejects.toEqual(failsWith('ENOENT'));
  });

  test('can be watched in its namespace alone, and ends with it', async () => {
    await t.put('eventlog', started);
    await expect(names(t.watch('exec.eventlog', { guest: true }))).rejects.toEqual(failsWith('ENOTSUP'));
    await t.createGuest();
    await t.guest.put('exec.eventlog', log('init'));
    const stream = t.watch('exec.eventlog', { guest: true });
    expect(await next(stream)).toBe('init');
    await t.endGuest();
    await expect(names(stream)).rejects.toEqual(failsWith('ENOTSUP'));
  });
});

test('users watch their own jobs only', async () => {
  await t.put('eventlog', started + log('clean'));
  expect(await names(t.watch('eventlog', {}, { userid: OWNER, rolemask: 2 }))).toHaveLength(5);
  await expect(names(t.watch('eventlog', {}, GUEST))).rejects.toEqual(failsWith('EPERM'));
});

test('what makes no sense is refused', async () => {
  const text = 'eventlog-watch request rejected without streaming RPC flag';
  await expect(t.flux.rpc('job-info.eventlog-watch', { id: ID, path: 'eventlog', flags: 0 })).rejects.toEqual(failsWith('EPROTO', text));
  await expect(t.flux.stream('job-info.eventlog-watch', { id: ID, path: 'eventlog' }).next()).rejects.toEqual(failsWith('EPROTO'));
  await expect(t.watch('eventlog').next()).rejects.toEqual(failsWith('ENOENT'));
});

test('a client that disconnects takes its watches with it', async () => {
  await t.put('eventlog', started);
  const client = await t.instance.open();
  await client.stream('job-info.eventlog-watch', { id: ID, path: 'eventlog', flags: 0 }).next();
  await t.watchers(1);
  client.close();
  await t.watchers(0);
});

test('unloading the module ends the watches', async () => {
  await t.put('eventlog', log(['submit', { userid: OWNER }]));
  const stream = t.watch('eventlog');
  await next(stream);
  await t.flux.rpc('broker.rmmod', { name: 'job-info' });
  await expect(next(stream)).rejects.toEqual(failsWith('ENOSYS'));
});
