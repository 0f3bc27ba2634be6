import { type Flux, FluxError } from '../../../core';
import { EventlogWriter, entry } from '../../../core/internal';

/** A writer whose commits are answered when the test says so. */
function gated() {
  const commits: { text: string; answer: (e?: FluxError) => void }[] = [];
  const pressure: boolean[] = [];
  const lost: string[] = [];
  const flux = {
    call: (_: unknown, { ops }: { ops: { dirent: { data: string } }[] }) =>
      new Promise<void>((resolve, reject) => {
        const text = Buffer.from(ops[0]!.dirent.data, 'base64').toString();
        commits.push({ text, answer: (e) => (e ? reject(e) : resolve()) });
      }),
  };
  const writer = new EventlogWriter({
    flux: flux as unknown as Flux,
    namespace: 'job-1',
    key: 'output',
    batchMs: 2 ** 30,
    onPressure: (pressed) => pressure.push(pressed),
    onError: (_, entries) => lost.push(...entries.map(({ name }) => name)),
  });
  return { writer, commits, pressure, lost };
}

const big = () => entry('data', { data: 'x'.repeat(2 ** 20) });

describe('a writer of an eventlog', () => {
  test('commits what has come together in one piece, in order', async () => {
    const { writer, commits } = gated();
    for (const name of ['one', 'two']) writer.add(entry(name));
    const flushed = writer.flush();
    expect(commits.map(({ text }) => text.replace(/"timestamp":[^,]*/g, ''))).toEqual(['{,"name":"one"}\n{,"name":"two"}\n']);
    commits[0]!.answer();
    await flushed;
  });

  test('waits for no more once it has much', () => {
    const { writer, commits } = gated();
    writer.add(entry('small'));
    writer.add(big());
    expect(commits).toHaveLength(1);
  });

  test('tells when too much is on its way, and when there is room again', async () => {
    const { writer, commits, pressure } = gated();
    for (let i = 0; i < 7; i++) writer.add(big());
    expect(pressure).toEqual([]);
    writer.add(big());
    expect(pressure).toEqual([true]);
    for (const { answer } of commits.slice(0, 6)) answer();
    await Promise.resolve().then(() => new Promise(setImmediate));
    expect(pressure).toEqual([true]);
    for (const { answer } of commits.slice(6)) answer();
    await writer.flush();
    expect(pressure).toEqual([true, false]);
  });

  test('gives back what could not be committed', async () => {
    const { writer, commits, lost } = gated();
    for (const name of ['one', 'two']) writer.add(entry(name));
    const flushed = writer.flush();
    commits[0]!.answer(new FluxError('ENOENT'));
    await flushed;
    expect(lost).toEqual(['one', 'two']);
  });
});
