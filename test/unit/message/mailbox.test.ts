import { Mailbox } from '../../../core/message';

describe('a mailbox', () => {
  test('delivers in order, and never inside a send', async () => {
    const got: number[] = [];
    const box = new Mailbox<number>((n) => got.push(n));
    for (let n = 0; n < 5; n++) box.push(n);
    expect(got).toEqual([]);
    await Promise.resolve();
    expect(got).toEqual([0, 1, 2, 3, 4]);
  });

  test('lets the event loop have its turn under a flood', async () => {
    const box = new Mailbox<() => void>((act) => act());
    let turns = 0;
    setImmediate(() => turns++);
    await new Promise<void>((done) => {
      for (let n = 0; n < 2000; n++) box.push(() => {});
      box.push(done);
    });
    expect(turns).toBe(1);
  });

  test('lets it have its turn while two receivers only answer each other', async () => {
    let turn = false;
    setTimeout(() => {
      turn = true;
    }, 0);
    const rounds = await new Promise<number>((resolve, reject) => {
      const there = new Mailbox<number>((n) => (turn ? resolve(n) : n > 10_000_000 ? reject(new Error('no turn')) : back.push(n + 1)));
      const back = new Mailbox<number>((n) => there.push(n + 1));
      there.push(0);
    });
    expect(rounds).toBeGreaterThan(0);
  });

  test('lets a third have its share of the turns while two only answer each other', async () => {
    let third = 0;
    const other = new Mailbox<number>(() => void third++);
    const feed = () => {
      if (third >= 100) return;
      for (let n = 0; n < 10; n++) other.push(n);
      setImmediate(feed);
    };
    setImmediate(feed);
    const rounds = await new Promise<number>((resolve) => {
      const there = new Mailbox<number>((n) => (third >= 100 || n > 1_000_000 ? resolve(n) : back.push(n + 1)));
      const back = new Mailbox<number>((n) => there.push(n + 1));
      there.push(0);
    });
    expect(third).toBeGreaterThanOrEqual(100);
    expect(rounds).toBeLessThan(1_000_000);
  });

  test('closed, drops what it has and takes nothing more', async () => {
    const got: number[] = [];
    const box = new Mailbox<number>((n) => got.push(n));
    box.push(1);
    expect(box.close()).toEqual([1]);
    box.push(2);
    await Promise.resolve();
    expect(got).toEqual([]);
  });
});
