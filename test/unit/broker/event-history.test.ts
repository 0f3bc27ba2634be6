import { EventHistory } from '../../../core/broker/event-history';
import { Message } from '../../../core/message';

const event = (sequence: number, payload = {}) => Message.event('e', payload, { sequence });
const sequences = (history: EventHistory, after: number) => history.since(after).map(({ sequence }) => sequence);

test('events after a sequence number come in order', () => {
  const history = new EventHistory();
  for (let n = 1; n <= 5; n++) history.add(event(n));
  expect(sequences(history, 0)).toEqual([1, 2, 3, 4, 5]);
  expect(sequences(history, 3)).toEqual([4, 5]);
  expect(sequences(history, 5)).toEqual([]);
});

test('the oldest are forgotten when all together are too large', () => {
  const history = new EventHistory(10_000);
  for (let n = 1; n <= 100; n++) history.add(event(n, { pad: 'x'.repeat(1_000) }));
  const left = sequences(history, 0);
  expect(left.length).toBeGreaterThan(3);
  expect(left.length).toBeLessThan(10);
  expect(left.at(-1)).toBe(100);
  expect(left).toEqual(left.map((_, i) => 101 - left.length + i));
});

test('one that is larger than all may be is not kept', () => {
  const history = new EventHistory(1_000);
  history.add(event(1));
  history.add(event(2, { pad: 'x'.repeat(2_000) }));
  expect(sequences(history, 0)).toEqual([]);
  history.add(event(3));
  expect(sequences(history, 0)).toEqual([3]);
});
