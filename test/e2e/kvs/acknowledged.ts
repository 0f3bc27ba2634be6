import { type Flux, isErrno, Kvs, type KvsCommit, type Treeobj } from '../../../core';
import type { Random } from '../../support/random';

/** How many clients commit at once, and how many commits each has on its way. */
const CLIENTS = 6;
const PIPELINE = 3;

/**
 * Clients that commit until their broker is gone, and the check that a broker started on the same store has all that was acknowledged to them. Each
 * transaction of a client carries its number to several places at once: what is found must be of one transaction, no older than the last
 * acknowledged one.
 */
export class AcknowledgedCommits {
  readonly #random: Random;
  readonly #clients = Array.from({ length: CLIENTS }, (_, id) => ({ id, sent: -1, acknowledged: -1 }));
  #rootseq = 0;
  #count = 0;
  #fences = 0;
  #stopped = false;
  #onCount: { at: number; resolve: () => void } | undefined;

  constructor(random: Random) {
    this.#random = random;
  }

  /** Number of commits that were acknowledged. */
  get count(): number {
    return this.#count;
  }

  /** Commits until the broker is gone, or stop() is called. */
  async run(open: () => Promise<Flux>): Promise<void> {
    this.#stopped = false;
    const handles = await Promise.all(this.#clients.map(open));
    const fencers = await Promise.all([open(), open(), open()]);
    await Promise.all([
      ...handles.flatMap((flux, i) =>
        Array.from({ length: PIPELINE }, () => this.#untilGone(() => this.#commit(new Kvs(flux), this.#clients[i]!))),
      ),
      this.#untilGone(() => this.#fence(fencers.map((flux) => new Kvs(flux)))),
    ]);
  }

  /** No more commits, but those on their way. */
  stop(): void {
    this.#stopped = true;
  }

  /** Resolves when so many more commits have been acknowledged. */
  after(commits: number): Promise<void> {
    return new Promise((resolve) => {
      this.#onCount = { at: this.#count + commits, resolve };
    });
  }

  /** Fails unless everything acknowledged is there, every transaction whole or not at all, and every key of the tree readable. */
  async check(kvs: Kvs): Promise<void> {
    expect(await kvs.version()).toBeGreaterThanOrEqual(this.#rootseq);
    for (const client of this.#clients) await this.#checkClient(kvs, client);
    if (this.#fences > 0) {
      const { data } = await kvs.readdir('fence');
      const parts = await Promise.all(Object.keys(data).map((part) => kvs.getText(`fence.${part}`)));
      expect(parts).toEqual([parts[0], parts[0], parts[0]]);
      expect(Number(parts[0])).toBeGreaterThanOrEqual(this.#fences - 1);
      this.#fences = Number(parts[0]) + 1;
    }
    expect(await walk(kvs, '.')).toBeGreaterThan(0);
  }

  /** Repeats work until the connection is lost. */
  async #untilGone(work: () => Promise<void>): Promise<void> {
    try {
      while (!this.#stopped) await work();
    } catch (e) {
      if (!isErrno(e, 'ECONNRESET') && !isErrno(e, 'EPIPE') && !isErrno(e, 'EHOSTUNREACH')) throw e;
    }
  }

  async #commit(kvs: Kvs, client: { id: number; sent: number; acknowledged: number }): Promise<void> {
    const number = ++client.sent;
    const text = String(number);
    const length = this.#random(20) === 0 ? 50_000 + this.#random(50_000) : this.#random(200);
    const own = `client.${client.id}`;
    const transaction = kvs
      .transaction()
      .put(`${own}.number`, text)
      .append(`${own}.log`, `${text}\n`)
      .put(`${own}.far.away.from.here`, text)
      .put(`${own}.big`, `${text}:${'x'.repeat(length)}`)
      .put(`wide.${client.id}-${number}`, text)
      .put(`turn.${number % 10}.${client.id}`, text)
      .unlink(`turn.${(number + 5) % 10}.${client.id}`);
    this.#acknowledge(await kvs.commit(transaction, { noMerge: this.#random(5) === 0 }));
    client.acknowledged = Math.max(client.acknowledged, number);
  }

  async #fence(parts: Kvs[]): Promise<void> {
    const number = this.#fences;
    const put = (kvs: Kvs, i: number) => kvs.fence(`f${number}`, parts.length, kvs.transaction().put(`fence.part${i}`, String(number)));
    const [commit] = await Promise.all(parts.map(put));
    this.#fences++;
    this.#acknowledge(commit!);
  }

  #acknowledge({ rootseq }: KvsCommit): void {
    this.#rootseq = Math.max(this.#rootseq, rootseq);
    if (++this.#count === this.#onCount?.at) this.#onCount.resolve();
  }

  async #checkClient(kvs: Kvs, client: { id: number; sent: number; acknowledged: number }): Promise<void> {
    const own = `client.${client.id}`;
    const number = await numberIn(kvs, `${own}.number`);
    expect(number).toBeGreaterThanOrEqual(client.acknowledged);
    expect(number).toBeLessThanOrEqual(client.sent);
    if (number < 0) return void (client.sent = number);
    const lines = Array.from({ length: number + 1 }, (_, i) => `${i}\n`).join('');
    expect(await kvs.getText(`${own}.log`)).toBe(lines);
    expect(await kvs.getText(`${own}.far.away.from.here`)).toBe(String(number));
    expect(await kvs.getText(`${own}.big`)).toMatch(new RegExp(`^${number}:x*$`));
    expect(await kvs.getText(`turn.${number % 10}.${client.id}`)).toBe(String(number));
    const wide = Object.keys((await kvs.readdir('wide')).data).filter((name) => name.startsWith(`${client.id}-`));
    expect(wide).toHaveLength(number + 1);
    // From here on its transactions go on behind the last that is there.
    client.sent = number;
    client.acknowledged = number;
  }
}

/** The number under a key; -1 if there is none yet. */
async function numberIn(kvs: Kvs, key: string): Promise<number> {
  try {
    return Number(await kvs.getText(key));
  } catch (e) {
    if (isErrno(e, 'ENOENT')) return -1;
    throw e;
  }
}

/** Reads every key below a directory; how many there are. */
async function walk(kvs: Kvs, key: string): Promise<number> {
  const { data } = await kvs.readdir(key);
  const visit = async ([name, { type }]: [string, Treeobj]) => {
    const below = key === '.' ? name : `${key}.${name}`;
    if (type === 'dirref' || type === 'dir') return 1 + (await walk(kvs, below));
    await (type === 'symlink' ? kvs.readlink(below) : kvs.get(below));
    return 1;
  };
  const counts = await Promise.all(Object.entries(data).map(visit));
  return counts.reduce((sum, count) => sum + count, 0);
}
