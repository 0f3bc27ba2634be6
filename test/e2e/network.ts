import fs from 'node:fs';
import { isInstalled, run, start } from './processes';

const CAP_NET_ADMIN = 12n;
const CAP_SYS_ADMIN = 21n;

/** Why this process may not make network namespaces; undefined if it may. */
export function noNamespaces(): string | undefined {
  if (!isInstalled('ip')) return 'ip is not installed';
  const capabilities = BigInt(`0x${/^CapEff:\s*(\w+)/m.exec(fs.readFileSync('/proc/self/status', 'utf8'))![1]}`);
  const may = [CAP_NET_ADMIN, CAP_SYS_ADMIN].every((capability) => (capabilities >> capability) & 1n);
  return may ? undefined : 'not allowed to make network namespaces';
}

/**
 * Hosts as network namespaces of this machine, each with an interface `eth0`, which a bridge joins in a namespace of its own. Host N has the address
 * 10.99.0.(N+1). Names hold this process's id, so that a test meets no other's.
 */
export class Network {
  readonly #prefix = `flux-${process.pid}`;
  readonly #hosts: number;

  constructor(hosts: number) {
    this.#hosts = hosts;
  }

  address(host: number): string {
    return `10.99.0.${host + 1}`;
  }

  async create(): Promise<void> {
    await this.#ip('netns', 'add', this.#switch);
    await this.#ip('-n', this.#switch, 'link', 'add', 'br0', 'type', 'bridge');
    await this.#ip('-n', this.#switch, 'link', 'set', 'br0', 'up');
    for (let host = 0; host < this.#hosts; host++) {
      const name = this.#name(host);
      await this.#ip('netns', 'add', name);
      await this.#ip('-n', name, 'link', 'add', 'eth0', 'type', 'veth', 'peer', 'name', `port${host}`, 'netns', this.#switch);
      await this.#ip('-n', this.#switch, 'link', 'set', `port${host}`, 'master', 'br0', 'up');
      await this.#ip('-n', name, 'addr', 'add', `${this.address(host)}/24`, 'dev', 'eth0');
      await this.#ip('-n', name, 'link', 'set', 'eth0', 'up');
      await this.#ip('-n', name, 'link', 'set', 'lo', 'up');
    }
  }

  /** Takes a host's cable out, or puts it back. */
  async cable(host: number, state: 'up' | 'down'): Promise<void> {
    await this.#ip('-n', this.#switch, 'link', 'set', `port${host}`, state);
  }

  /** Starts a program on a host. */
  start(host: number, argv: string[], options: Parameters<typeof start>[1]): ReturnType<typeof start> {
    return start(['ip', 'netns', 'exec', this.#name(host), ...argv], options);
  }

  async remove(): Promise<void> {
    const { stdout } = await run(['ip', 'netns', 'list']);
    const names = stdout.split('\n').map((line) => line.split(' ')[0]!);
    for (const name of names) if (name.startsWith(`${this.#prefix}-`)) await this.#ip('netns', 'delete', name);
  }

  get #switch(): string {
    return `${this.#prefix}-switch`;
  }

  #name(host: number): string {
    return `${this.#prefix}-${host}`;
  }

  async #ip(...args: string[]): Promise<void> {
    const { status, stderr } = await run(['ip', ...args]);
    if (status !== 0) throw new Error(`ip ${args.join(' ')}: ${stderr}`);
  }
}
