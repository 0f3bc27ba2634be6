import { FluxError, type Log } from '../../../core';
import type { Journal } from '../../../plugins/kvs/journal/journal';
import type { BlobWriter } from '../../../plugins/kvs/leader/blob-writer';
import { Checkpoints } from '../../../plugins/kvs/leader/checkpoints';

const LARGE = 17 * 1024 * 1024;
const root = { rootref: 'sha1-x', rootseq: 1 };

/** A journal of one large record, whose rotate() fails as long as `full` is set, and checkpoints of it, which fail as long as `refusing` is set. */
function fixture() {
  const state = { bytes: LARGE, count: 1, full: true, refusing: false, rotations: 0, puts: 0 };
  const journal = {
    get bytes() {
      return state.bytes;
    },
    get count() {
      return state.count;
    },
    broken: undefined,
    rotate() {
      state.rotations++;
      if (state.full) throw new FluxError('ENOSPC');
      state.bytes = 0;
      state.count = 0;
      return 2;
    },
    settled: async () => {},
    drop() {},
  };
  const told: string[] = [];
  let heard = () => {};
  const err = (text: string) => {
    told.push(text);
    heard();
  };
  const checkpoints = new Checkpoints({
    writer: { save: async () => {} } as unknown as BlobWriter,
    journal: journal as unknown as Journal,
    head: () => root,
    roots: () => [root.rootref],
    put: async () => {
      if (state.refusing) throw new FluxError('EIO');
      state.puts++;
    },
    after: () => () => {},
    log: { err } as unknown as Log,
  });
  /** A commit, after which a checkpoint is tried, and fails. */
  const commitInVain = async () => {
    const failed = new Promise<void>((resolve) => {
      heard = resolve;
    });
    checkpoints.committed();
    await failed;
  };
  return { state, checkpoints, told, commitInVain };
}

describe('checkpoints, when the journal cannot begin another segment', () => {
  test('say so, and commits go on in the one there is: it counts once, however often that was tried', async () => {
    const { state, checkpoints, told, commitInVain } = fixture();
    for (let i = 0; i < 20; i++) await commitInVain();
    expect(told).toEqual(Array(20).fill('checkpoint: No space left on device'));
    await checkpoints.room();
    expect(state.rotations).toBe(20);
  });

  test('keep commits out when the journal has become too long, and let them in when they succeed again', async () => {
    const { state, checkpoints } = fixture();
    state.bytes = 8 * LARGE;
    await expect(checkpoints.room()).rejects.toMatchObject({ code: 'ENOSPC' });
    state.full = false;
    await checkpoints.room();
    expect(state.puts).toBe(1);
    state.bytes = LARGE;
    await checkpoints.room();
    expect(state.puts).toBe(1);
  });
});

test('checkpoints that the backing store refuses keep commits out of a journal that is too long, and begin no segment for each attempt', async () => {
  const { state, checkpoints } = fixture();
  Object.assign(state, { bytes: 8 * LARGE, full: false, refusing: true });
  for (let i = 0; i < 3; i++) await expect(checkpoints.room()).rejects.toMatchObject({ code: 'EIO' });
  expect(state.rotations).toBe(1);
  state.refusing = false;
  await checkpoints.room();
  expect(state.puts).toBe(1);
});
