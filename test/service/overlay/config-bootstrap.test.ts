import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { curveKeyPair } from 'zeromq';
import { bootstrapConfig } from '../../../core/broker/bootstrap/config';
import { Broker } from '../../../core/broker/broker';
import { writeCertificate } from '../../../core/formats/certificate';
import { library } from '../../../core/library';

const SIZE = 3;
let dir: string;

beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-bootstrap-'));
  writeCertificate(path.join(dir, 'cert'), { ...curveKeyPair(), name: 'shared' }, { hostname: 'h', userid: 0, time: new Date() });
});
afterEach(() => fs.rmSync(dir, { recursive: true }));

async function brokerOn(rank: number, uri: string, logged: string[]): Promise<Broker> {
  const bootstrap = { curve_cert: path.join(dir, 'cert'), hosts: [{ host: `h[0-${SIZE - 1}]`, bind: uri, connect: uri }] };
  const userid = process.getuid!();
  const options = {
    env: { FLUX_FAKE_HOSTNAME: `h${rank}` },
    rundir: dir,
    userid,
    fanout: 2,
    preferTcp: false,
    hostname: 'x',
    trace() {},
    warn() {},
  };
  const { overlay, size, attributes, endpoint } = await bootstrapConfig({ bootstrap }, options);
  expect(attributes).toEqual({ 'instance-level': '0', 'broker.mapping': '(vector,(0,3,1))', hostlist: 'h[0-2]' });
  expect(endpoint).toBe(uri.replace('%h', `h${rank}`));
  const stderr = (line: string) => void logged.push(line);
  return new Broker({ rank, size, userid, env: {}, searchPath: '', library, overlay, stderr });
}

test('brokers with one certificate find each other', async () => {
  const uri = `ipc://${dir}/%h`;
  const brokers: Broker[] = [];
  const logged: string[] = [];
  for (let rank = 0; rank < SIZE; rank++) brokers.push(await brokerOn(rank, uri, logged));
  for (const broker of brokers) await broker.start();
  const flux = brokers[2]!.openHandle();
  const { route } = await flux.rpc<{ route: string }>('broker.ping', {}, { nodeid: 1 });
  expect(route.split('!').length).toBeGreaterThan(2);
  flux.close();
  expect(logged).toEqual([]);
  for (const broker of brokers.reverse()) await broker.stop();
});
