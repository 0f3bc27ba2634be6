import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { processTable } from '../../core/sys/process-table';
import { signals } from '../../core/sys/signals';
import { scratchEnv } from '../support/scratch';
import { flux, root, runFlux, start } from './processes';

const LISTEN = '0A'; // proc_pid_net(5): column st
const libexec = path.join(root, 'dist/libexec');
const node = fs.realpathSync(process.execPath);

/** What a process file says; empty once the process has ended. */
function read(pid: number, name: string): string {
  try {
    return fs.readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}

function readLink(file: string): string {
  try {
    return fs.readlinkSync(file);
  } catch {
    return '';
  }
}

/** Zombies are gone. */
const isThere = (pid: number): boolean => /^State:\t[^Z]/m.test(read(pid, 'status'));
const isNode = (pid: number): boolean => readLink(`/proc/${pid}/exe`) === node;

/** Whether the process has a handler for SIGUSR1. */
const handlesIt = (pid: number): boolean => {
  const caught = /^SigCgt:\t(\w+)/m.exec(read(pid, 'status'))?.[1];
  return caught !== undefined && (BigInt(`0x${caught}`) & (1n << BigInt(signals.SIGUSR1 - 1))) !== 0n;
};

/** Addresses, as proc_pid_net(5) writes them, on which a process listens by TCP. */
function listening(pid: number): string[] {
  let descriptors: string[];
  try {
    descriptors = fs.readdirSync(`/proc/${pid}/fd`);
  } catch {
    return [];
  }
  const inodes = new Set(descriptors.map((fd) => /^socket:\[(\d+)\]$/.exec(readLink(`/proc/${pid}/fd/${fd}`))?.[1]));
  const rows = ['tcp', 'tcp6'].flatMap((name) => read(pid, `net/${name}`).trim().split('\n').slice(1));
  return rows.flatMap((row) => {
    const [, local = '', , state, , , , , , inode] = row.trim().split(/\s+/);
    return state === LISTEN && inodes.has(inode) ? [local] : [];
  });
}

/** Processes of Node that this file has started, directly or not. */
function programs(): number[] {
  const { TMPDIR: _, ...marks } = scratchEnv();
  const wanted = Object.entries(marks).map(([name, value]) => `${name}=${value}`);
  return processTable()
    .map(({ pid }) => pid)
    .filter((pid) => pid !== process.pid && isNode(pid) && wanted.every((mark) => read(pid, 'environ').split('\0').includes(mark)));
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Resolves once `condition` holds. What another process has come to is seen in /proc only. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await turn();
}

/** Sends SIGUSR1 to processes and looks, until they have ended, whether they listen for a debugger. Gives the addresses. */
async function signal(...pids: number[]): Promise<string[]> {
  const opened = new Set<string>();
  for (const pid of pids) if (isThere(pid)) process.kill(pid, signals.SIGUSR1);
  while (pids.some(isThere)) {
    for (const address of pids.flatMap(listening)) opened.add(address);
    await turn();
  }
  return [...opened];
}

describe('SIGUSR1 opens no debugger', () => {
  test.each(['flux', ...fs.readdirSync(libexec)])('in %s while it starts, when the signal is still Node’s', async (name) => {
    const program = start(name === 'flux' ? [flux, 'version'] : [path.join(libexec, name), '--help']);
    const { pid } = program;
    await until(() => !isThere(pid) || (isNode(pid) && handlesIt(pid)));
    expect(await signal(pid)).toEqual([]);
    expect((await program.ended).stderr).not.toContain('Debugger');
  });

  test('in any program of a running instance: it ends what it is sent to', async () => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-debugger-'));
    const instance = start([flux, 'start', '-s2', `--test-rundir=${dir}`, 'echo ready; exec sleep 600']);
    await instance.says('ready');
    const env = { FLUX_URI: `local://${dir}/local-0`, TMPDIR: dir }; // what is killed leaves its folder behind
    const command = async (...args: string[]) => (await runFlux(args, { env })).stdout.trim();
    const clients = {
      attach: start([flux, 'mini', 'run', 'sh', '-c', 'echo ready; exec sleep 600'], { env }),
      proxy: start([flux, 'proxy', env.FLUX_URI, 'echo ready; exec sleep 600'], { env, group: true }),
    };
    for (const client of Object.values(clients)) await client.says('ready');
    const own = await command('mini', 'submit', '-o', 'pty', 'sleep', '600');
    await command('job', 'wait-event', '-p', 'guest.exec.eventlog', own, 'shell.start');
    const nested = await command('mini', 'submit', 'flux', 'start', 'sleep', '600');
    await command('job', 'wait-event', nested, 'memo'); // its broker has started
    await command('terminus', 'start', '-d', 'cat');

    const found = programs().map((pid) => ({ pid, command: read(pid, 'cmdline').replaceAll('\0', ' ') }));
    const pidsOf = (name: string) => found.filter((one) => one.command.includes(name)).map(({ pid }) => pid);
    const leader = Number(await command('getattr', 'broker.pid'));
    const [hosts, brokers] = [pidsOf('program.js shell-host'), pidsOf('flux-broker-')];
    const kinds = { start: pidsOf('run.js start'), shell: pidsOf('program.js shell '), terminus: pidsOf('terminus') };
    expect(kinds).toEqual({ start: [instance.pid], shell: [expect.any(Number)], terminus: [expect.any(Number)] });
    expect(brokers).toHaveLength(3);
    expect(hosts.length).toBeGreaterThan(0);
    const last = [...hosts, leader]; // the shells of a host end, and it with its broker
    for (const { pid } of found) if (![...last, instance.pid].includes(pid)) expect(await signal(pid)).toEqual([]);
    expect(await signal(...last)).toEqual([]);
    expect((await clients.attach.ended).status).toBe(128 + signals.SIGUSR1);
    clients.proxy.kill(signals.SIGKILL);
    await Promise.all([clients.proxy.ended, instance.ended]);
    fs.rmSync(dir, { recursive: true });
  });
});
