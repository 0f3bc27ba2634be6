import type { JsonObject } from '../../../core';
import { unreadConfig } from '../../../core/broker/unread-config';

const reads = ['exec.job-shell', 'exec.kill-timeout', 'access', 'job-manager.plugins', 'site'];

test('what is read, by the broker too, is nothing to say', () => {
  const config = {
    bootstrap: { curve_cert: 'x', hosts: [{ host: 'a', bind: 'b' }] },
    exec: { 'job-shell': 'x' },
    access: { anything: { below: 1 } },
    site: 5,
  };
  expect(unreadConfig(config, reads)).toEqual([]);
});

test.each<[object, string]>([
  [{ queues: { debug: {} } }, '[queues]'],
  [{ acess: { x: true } }, '[acess]; did you mean access?'],
  [{ exec: { 'job-shel': 'x' } }, 'exec.job-shel; did you mean job-shell?'],
  [{ exec: { table: {} } }, '[exec.table]'],
  [{ bootstrap: { curvecert: 'x' } }, 'bootstrap.curvecert; did you mean curve_cert?'],
  [{ level: 3 }, 'level'],
])('%j: nothing reads %s', (config, what) => {
  expect(unreadConfig(config as JsonObject, reads)).toEqual([`config: nothing reads ${what}`]);
});

test('a table that is read whole by one counts for all of its keys, whoever is asked first', () => {
  for (const paths of [
    ['a.b', 'a'],
    ['a', 'a.b'],
  ])
    expect(unreadConfig({ a: { c: 1 } }, paths)).toEqual([]);
});
