import type { Kvs } from '../../../core';

/** An eventlog of so many entries, which `far` watches: it is brought what is appended, and the log is the same wherever it is read. */
export async function appendAndWatch(kvs: Kvs, far: Kvs, entries: number): Promise<void> {
  const txn = kvs.transaction();
  for (let i = 0; i < entries; i++) txn.append('long', `${i}\n`);
  const { rootseq } = await kvs.commit(txn);
  await far.waitVersion(rootseq);
  const watch = far.watch('long', { append: true });
  expect((await watch.next()).value.text.split('\n')).toHaveLength(entries + 1);
  for (const line of ['one\n', '', 'three\n']) {
    await kvs.append('long', line);
    expect((await watch.next()).value.text).toBe(line);
  }
  await watch.return();
  const object = await kvs.getTreeobj('long');
  expect(object).toMatchObject({ type: 'valref', data: { length: entries + 3 } });
  await kvs.commit(kvs.transaction().putTreeobj('copy', object));
  expect(await kvs.getText('copy')).toBe(await far.getText('long'));
}
