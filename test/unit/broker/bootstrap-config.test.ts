import { bootstrapConfig, hasBootstrapTable } from '../../../core/broker/bootstrap/config';
import { readBootstrapTable } from '../../../core/broker/bootstrap/config-hosts';
import type { JsonObject } from '../../../core/formats/json-values';

const options = {
  env: {} as Record<string, string | undefined>,
  rundir: '/nonexistent',
  userid: 1000,
  fanout: 2,
  preferTcp: false,
  hostname: 'foo1',
  trace: () => {},
  warn: () => {},
};
const boot = (bootstrap: JsonObject, env = options.env) => bootstrapConfig({ bootstrap }, { ...options, env });
const cert = '/nonexistent/cert';
const prefix = 'Config file error [bootstrap]';

test('a configuration without the table leaves it to PMI', () => {
  expect(hasBootstrapTable({})).toBe(false);
  expect(hasBootstrapTable({ bootstrap: {} })).toBe(true);
});

describe('the table', () => {
  test('hosts are expanded in order, tokens of URIs replaced', () => {
    const table = readBootstrapTable({
      curve_cert: cert,
      default_port: 8050,
      default_bind: 'tcp://en0:%p',
      default_connect: 'tcp://e%h:%p%%%x',
      hosts: [{ host: 'fluke0', bind: 'tcp://en4:9001', connect: 'tcp://fluke-mgmt:9001' }, { host: 'fluke[3,1]' }],
    });
    expect(table).toEqual({
      curveCert: cert,
      enableIpv6: false,
      hosts: [
        { host: 'fluke0', bind: 'tcp://en4:9001', connect: 'tcp://fluke-mgmt:9001' },
        { host: 'fluke3', bind: 'tcp://en0:8050', connect: 'tcp://efluke3:8050%%x' },
        { host: 'fluke1', bind: 'tcp://en0:8050', connect: 'tcp://efluke1:8050%%x' },
      ],
    });
  });

  test.each<[JsonObject, string]>([
    [{ default_port: 'x' }, `${prefix}: Expected integer, got string`],
    [{ curve_cert: 1 }, `${prefix}: Expected string, got integer`],
    [{ enable_ipv6: 1 }, `${prefix}: Expected true or false, got integer`],
    [{ hosts: {} }, `${prefix} hosts must be array type`],
    [{ hosts: [{ host: 'a' }, { host: 'b' }] }, `${prefix} curve_cert is required for size > 1`],
    [{ hosts: [{ host: 'a[0-1]' }] }, `${prefix} curve_cert is required for size > 1`],
    [{ hosts: [{}] }, `${prefix}: missing host field\nHint: hosts entries must be table containing a host key`],
    [{ hosts: [1] }, `${prefix}: missing host field\nHint: hosts entries must be table containing a host key`],
    [{ hosts: [{ host: 'a[' }] }, `${prefix}: Invalid argument\nHint: host value 'a[' is not a valid hostlist`],
    [
      { curve_cert: cert, hosts: [{ host: 'a' }, { host: 'b', bind: 1 }] },
      `${prefix}: rank 1 bad hosts entry\nHint: bind and connect keys, if present, are type string`,
    ],
  ])('%j is refused', (table, text) => {
    expect(() => readBootstrapTable(table)).toThrow(text);
  });
});

describe('bootstrap', () => {
  test('without hosts it is an instance of one', async () => {
    const alone = { rank: 0, size: 1, overlay: undefined };
    expect(await boot({})).toMatchObject({ ...alone, attributes: { 'instance-level': '0', 'broker.mapping': '(vector,(0,1,1))' } });
    expect((await boot({ hosts: [] })).attributes).not.toHaveProperty('hostlist');
    expect(await boot({ hosts: [{ host: 'foo1' }] })).toMatchObject({ ...alone, attributes: { hostlist: 'foo1' } });
  });

  test('this host must be among the hosts; FLUX_FAKE_HOSTNAME stands for it', async () => {
    const table = { hosts: [{ host: 'foo2' }] };
    await expect(boot(table)).rejects.toThrow(`${prefix}: foo1 not found in hosts`);
    expect((await boot(table, { FLUX_FAKE_HOSTNAME: 'foo2' })).rank).toBe(0);
  });

  test('a broker needs its own bind if it has children, and its parent’s connect', async () => {
    const hosts = [{ host: 'foo[0-3]' }];
    await expect(boot({ curve_cert: cert, hosts })).rejects.toThrow(`${prefix}: rank 1 missing bind URI`);
    await expect(boot({ curve_cert: cert, hosts, default_bind: 'tcp://*:1' })).rejects.toThrow(`${prefix}: rank 0 missing connect URI`);
    await expect(boot({ curve_cert: cert, hosts }, { FLUX_FAKE_HOSTNAME: 'foo3' })).rejects.toThrow(
      `${prefix}: rank 1 missing connect URI`,
    );
  });

  test('the certificate must be there', async () => {
    const table = { curve_cert: cert, hosts: [{ host: 'foo[0-1]' }], default_connect: 'tcp://%h:1' };
    await expect(boot(table)).rejects.toThrow(`${cert}: No such file or directory`);
  });
});
