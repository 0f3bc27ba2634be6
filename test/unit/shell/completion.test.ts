import { CompletionRefs } from '../../../core/shell/job/completion';

/** Lets everything happen that is due. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

test('a shell ends when the last reference of all goes', async () => {
  const refs = new CompletionRefs();
  expect([refs.add('a'), refs.add('a'), refs.add('b')]).toEqual([1, 2, 1]);
  let ended = false;
  const empty = refs.empty().then(() => {
    ended = true;
  });
  expect([refs.remove('a'), refs.remove('a')]).toEqual([1, 0]);
  await settle();
  expect(ended).toBe(false);
  refs.remove('b');
  await empty;
  expect(() => refs.remove('b')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
});

test('references that came and went before are not the last ones', async () => {
  const refs = new CompletionRefs();
  refs.add('early');
  refs.remove('early');
  refs.add('task0');
  let ended = false;
  const empty = refs.empty().then(() => {
    ended = true;
  });
  await settle();
  expect(ended).toBe(false);
  refs.remove('task0');
  refs.add('next'); // before anybody has noticed
  await settle();
  expect(ended).toBe(false);
  refs.remove('next');
  await empty;
});
