import { Kvs, type KvsWatch } from '../../../core';
import type { TestInstance } from '../../../core/testing';
import { kvsInstance } from './instance';

const SIZE = 8;
const DONE = 'done';
/** Every so many numbers one goes into the log. */
const LOGGED = 8;

/**
 * All ranks of an instance commit, fence and watch each other for so many seconds. Fails if ranks end with different roots, if a watch has missed a
 * change or brought one out of order, or if the parts of a fence were told different roots. `ahead`: by how many commits a rank may be ahead of those who watch
 * it; without it they have to catch up when the time is over.
 */
export async function commitFenceAndWatch(seconds: number, ahead = Number.POSITIVE_INFINITY): Promise<void> {
  const instance = await kvsInstance({ size: SIZE });
  try {
    await everyRank(instance, seconds, ahead);
  } finally {
    await instance.stop();
  }
}

async function everyRank(instance: TestInstance, seconds: number, ahead: number): Promise<void> {
  const open = () => Promise.all(Array.from({ length: SIZE }, async (_, rank) => new Kvs(await instance.open(rank))));
  const ranks = await open();
  const start = ranks[0]!.transaction();
  for (let rank = 0; rank < SIZE; rank++) start.put(`count.${rank}`, '0').put(`log.${rank}`, '0\n');
  const { rootseq } = await ranks[0]!.commit(start);
  await Promise.all(ranks.map((kvs) => kvs.waitVersion(rootseq)));

  // Each rank watches two keys of each.
  const watch = async (kvs: Kvs, of: number) =>
    [await Seen.by(kvs.watch(`count.${of}`)), await Seen.by(kvs.watch(`log.${of}`, { append: true }))] as const;
  const seen = await Promise.all(ranks.map((kvs) => Promise.all(ranks.map((_, of) => watch(kvs, of)))));
  const until = performance.now() + 1000 * seconds;
  const caughtUp = (rank: number) => async (number: number) => {
    await Promise.all(seen.map((row) => row[rank]![0].reaches(number - ahead)));
  };
  const [counts] = await Promise.all([
    Promise.all(ranks.map((kvs, rank) => commitUntil(kvs, rank, until, caughtUp(rank)))),
    fenceUntil(await open(), until),
  ]);

  for (const row of seen) {
    for (const [of, [values, log]] of row.entries()) {
      const expected = Array.from({ length: counts[of]! + 1 }, (_, i) => String(i));
      expect(await values.all).toEqual([...expected, DONE]);
      const logged = expected.filter((_, i) => i % LOGGED === 0);
      expect((await log.all).join('')).toBe(`${logged.join('\n')}\n${DONE}`);
    }
  }
  const last = await ranks[0]!.put('last', '1');
  await Promise.all(ranks.map((kvs) => kvs.waitVersion(last.rootseq)));
  for (const kvs of ranks) expect(await kvs.getroot()).toMatchObject(last);
}

/** Counts up under a key, each number in a commit of its own, and appends some to a log; how far it came. `caughtUp` resolves when it may go on behind a number. */
async function commitUntil(kvs: Kvs, rank: number, until: number, caughtUp: (number: number) => Promise<void>): Promise<number> {
  let number = 0;
  const commit = (text: string) => {
    const transaction = kvs.transaction().put(`count.${rank}`, text);
    if (text === DONE || Number(text) % LOGGED === 0) transaction.append(`log.${rank}`, text === DONE ? DONE : `${text}\n`);
    return kvs.commit(transaction, { noMerge: true });
  };
  while (performance.now() < until) {
    // Some on their way at once.
    const numbers = Array.from({ length: 1 + (number % 4) }, () => String(++number));
    await Promise.all(numbers.map(commit));
    await caughtUp(number);
  }
  await commit(DONE);
  return number;
}

/** Fences of all ranks, one after the other. */
async function fenceUntil(ranks: Kvs[], until: number): Promise<void> {
  for (let n = 0; n === 0 || performance.now() < until; n++) {
    const roots = await Promise.all(
      ranks.map((kvs, rank) => kvs.fence(`fence-${n}`, SIZE, kvs.transaction().put(`fence.${rank}`, String(n)))),
    );
    for (const root of roots) expect(root).toEqual(roots[0]);
    const parts = await Promise.all(ranks.map((kvs, rank) => kvs.getText(`fence.${(rank + 1) % SIZE}`)));
    expect(parts).toEqual(Array.from({ length: SIZE }, () => String(n)));
  }
}

/** What a watch has brought. */
class Seen {
  /** All of it, when it was told that this was all. */
  readonly all: Promise<string[]>;
  readonly #texts: string[];
  #heard = () => {};

  private constructor(watch: KvsWatch, first: string) {
    this.#texts = [first];
    this.all = this.#follow(watch);
    this.all.catch(() => {}); // looked at in its turn
  }

  /** Resolves when the first result has come. */
  static async by(watch: KvsWatch): Promise<Seen> {
    return new Seen(watch, (await watch.next()).value.text);
  }

  /** Resolves when so many changes have come behind the first result. */
  async reaches(changes: number): Promise<void> {
    while (this.#texts.length <= changes) {
      const more = new Promise<void>((resolve) => {
        this.#heard = resolve;
      });
      await Promise.race([more, this.all]);
    }
  }

  async #follow(watch: KvsWatch): Promise<string[]> {
    for await (const { text } of watch) {
      this.#texts.push(text);
      this.#heard();
      if (text.endsWith(DONE)) break;
    }
    return this.#texts;
  }
}
