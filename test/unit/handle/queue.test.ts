import { AsyncQueue } from '../../../core/handle';

async function read<T>(queue: AsyncQueue<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of queue) items.push(item);
  return items;
}

describe('AsyncQueue', () => {
  test('gives what was pushed, in order, before and after somebody waits, up to its end', async () => {
    const queue = new AsyncQueue<number>();
    queue.push(1);
    queue.push(2);
    const reading = read(queue);
    await new Promise(setImmediate);
    queue.push(3);
    queue.end();
    queue.push(4);
    expect(await reading).toEqual([1, 2, 3]);
  });

  test('an error comes after what is queued, once', async () => {
    const queue = new AsyncQueue<number>();
    queue.push(1);
    queue.end(new Error('over'));
    expect(await queue.next()).toEqual({ value: 1, done: false });
    await expect(queue.next()).rejects.toThrow('over');
    expect(await queue.next()).toEqual({ value: undefined, done: true });
  });

  test('who leaves early is told of, and reads nothing more', async () => {
    let left = 0;
    const queue = new AsyncQueue<number>(() => left++);
    for (const n of [1, 2, 3]) queue.push(n);
    for await (const _ of queue) break;
    expect(left).toBe(1);
    expect(await queue.next()).toEqual({ value: undefined, done: true });
  });

  // with an array that is shifted, this takes minutes
  test('half a million are read as they were pushed', async () => {
    const queue = new AsyncQueue<number>();
    for (let n = 0; n < 500_000; n++) queue.push(n);
    for (let n = 0; n < 500_000; n++) if ((await queue.next()).value !== n) throw new Error(`not ${n}`);
    queue.push(-1);
    expect((await queue.next()).value).toBe(-1);
  });
});
