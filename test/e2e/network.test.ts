import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { signals } from '../../core/sys/signals';
import { Network, noNamespaces } from './network';
import { flux, type Ran, type Running, run, start, testWith } from './processes';

const PORT = 8050;
const SIZE = 3;
const LIMIT_MS = 180_000;

const missing = noNamespaces();
const withNetwork = (name: string, body: () => Promise<void>) => testWith(missing === undefined, missing ?? '', name, body, LIMIT_MS);

describe('three hosts, a configuration file and a certificate of flux keygen', () => {
  const network = new Network(SIZE);
  let dir: string;
  const brokers = new Map<number, Running>();

  beforeAll(async () => {
    if (missing !== undefined) return;
    dir = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-network-'));
    await network.create();
    for (const certificate of ['cert', 'other']) {
      expect(await run([flux, 'keygen', path.join(dir, certificate)])).toMatchObject({ status: 0, stderr: '' });
      fs.mkdirSync(path.join(dir, `conf-${certificate}`));
      fs.writeFileSync(path.join(dir, `conf-${certificate}`, 'bootstrap.toml'), configuration(path.join(dir, certificate)));
    }
  });
  afterAll(async () => {
    if (missing !== undefined) return;
    for (const broker of brokers.values()) broker.kill(signals.SIGKILL);
    await Promise.all([...brokers.values()].map(({ ended }) => ended));
    await network.remove();
    fs.rmSync(dir, { recursive: true });
  });

  /** The first host binds to its interface by name, the others to what the default says. */
  function configuration(certificate: string): string {
    const hosts = Array.from({ length: SIZE }, (_, host) => {
      const bind = host === 0 ? `, bind = "tcp://eth0:%p"` : '';
      return `  { host = "node${host}"${bind}, connect = "tcp://${network.address(host)}:%p" },\n`;
    });
    return `[bootstrap]\ncurve_cert = "${certificate}"\ndefault_port = ${PORT}\ndefault_bind = "tcp://*:%p"\nhosts = [\n${hosts.join('')}]\n`;
  }

  function startBroker(host: number, attributes: string[] = [], certificate = 'cert'): Running {
    const set = [`local-uri=local://${socket(host)}`, 'broker.quorum=0-1', 'tbon.heartbeat-timeout=1s', ...attributes].map((a) => `-S${a}`);
    const argv = [flux, 'broker', '-c', path.join(dir, `conf-${certificate}`), '-Sbroker.rc2_none', ...set];
    const broker = network.start(host, argv, { env: { FLUX_FAKE_HOSTNAME: `node${host}`, TMPDIR: dir }, cwd: dir });
    brokers.set(host, broker);
    return broker;
  }

  const socket = (host: number) => path.join(dir, `local-${host}`);

  /** Runs a flux command on a host's broker. */
  const on = (host: number, ...words: string[]): Promise<Ran> => run([flux, ...words], client(host));
  const client = (host: number) => ({
    env: { FLUX_URI: `local://${socket(host)}`, FLUX_LOCAL_CONNECTOR_RETRY_COUNT: '30' },
    cwd: dir,
  });

  /** Waits until a host's broker is in state RUN, which its log tells. */
  async function runs(host: number): Promise<void> {
    const log = start([flux, 'dmesg', '--follow'], client(host));
    await log.says('quorum->run');
    log.kill(signals.SIGTERM);
    await log.ended;
  }

  async function becomes(state: string): Promise<void> {
    expect((await on(0, 'overlay', 'status', '--summary', `--wait=${state}`)).stdout).toBe(`${state}\n`);
  }

  /** All three answer, run a job together, and see an event. */
  async function expectWhole(): Promise<void> {
    await becomes('full');
    for (const rank of [0, 1, 2]) expect((await on(0, 'ping', '-c1', String(rank))).stdout).toMatch(new RegExp(`^${rank}!broker.ping`));
    expect(await on(2, 'ping', '-c1', '1')).toMatchObject({ status: 0 });
    const { stdout } = await on(0, 'mini', 'run', '-N3', '-n3', 'flux', 'getattr', 'rank');
    expect(stdout.trim().split('\n').sort()).toEqual(['0', '1', '2']);
    expect(await on(2, 'event', 'pub', '--loopback', 'test.seen')).toMatchObject({ status: 0, stderr: '' });
  }

  withNetwork('form an instance over tcp, through ports of interfaces', async () => {
    startBroker(0);
    startBroker(1);
    await runs(0);
    await becomes('partial');
    expect((await on(1, 'getattr', 'tbon.parent-endpoint')).stdout).toBe(`tcp://${network.address(0)}:${PORT}\n`);
    expect((await on(0, 'getattr', 'tbon.endpoint')).stdout).toBe(`tcp://${network.address(0)}:${PORT}\n`);
    expect((await on(1, 'getattr', 'broker.mapping')).stdout).toBe('(vector,(0,3,1))\n');
  });

  withNetwork('refuse a broker that has another certificate', async () => {
    const { status, stderr } = await startBroker(2, ['tbon.parent-timeout=1s'], 'other').ended;
    expect(status).toBe(1);
    expect(stderr).toContain(
      'flux-broker: overlay.hello: handshake with node0 (rank 0) failed: is its certificate another one?: giving up after 1s\n',
    );
    const { stdout } = await on(0, 'overlay', 'status', '--no-pretty', '--no-color');
    expect(stdout).toBe('0 node0: partial\n1 node1: full\n2 node2: offline\n');
    expect((await on(0, 'dmesg')).stdout).toContain('handshake failed');
  });

  withNetwork('are whole when the third has come, and again after it was killed and has come back', async () => {
    const leaf = startBroker(2);
    await expectWhole();
    const rundir = (await on(2, 'getattr', 'rundir')).stdout.trim();
    leaf.kill(signals.SIGKILL);
    await becomes('degraded');
    fs.rmSync(rundir, { recursive: true }); // it could not remove it itself
    fs.rmSync(socket(2));
    expect((await on(0, 'ping', '-c1', '2')).stderr).toContain('No route to host');
    expect(await on(0, 'mini', 'run', '-N2', '-n2', 'true')).toMatchObject({ status: 0 });
    startBroker(2);
    await expectWhole();
  });

  withNetwork('are whole again after a cable was out', async () => {
    await network.cable(2, 'down');
    await becomes('degraded');
    expect((await on(0, 'ping', '-c1', '2')).stderr).toContain('No route to host');
    await network.cable(2, 'up');
    await expectWhole();
  });

  withNetwork('end when the first is told to', async () => {
    brokers.get(0)!.kill(signals.SIGTERM);
    for (const [host, { ended }] of brokers) expect({ host, status: (await ended).status }).toEqual({ host, status: 0 });
    expect(fs.readdirSync(dir).filter((name) => name.startsWith('flux-') || name.startsWith('local-'))).toEqual([]);
  });
});
