import { RpcTracker } from '../../../core/broker/rpc-tracker';
import { Flag, Message } from '../../../core/message';

function request(topic: string, { matchtag = 1, originator = 'client', streaming = false } = {}): Message {
  const message = Message.request(topic, { big: 'payload' }, { matchtag }).enableRoutes();
  message.pushRoute(originator);
  if (streaming) message.setFlag(Flag.streaming);
  return message;
}

const ENODATA = 61;
const EHOSTUNREACH = 113;

test('what has no answer yet is answered with an error, once, to its sender, without the payload of the request', () => {
  const tracker = new RpcTracker();
  tracker.sent(request('a.b'));
  tracker.sent(request('c.d', { matchtag: 2, streaming: true }));
  const failed = tracker.fail(EHOSTUNREACH);
  expect(failed.map(({ topic, errnum, matchtag, originator, payload }) => ({ topic, errnum, matchtag, originator, payload }))).toEqual([
    { topic: 'a.b', errnum: EHOSTUNREACH, matchtag: 1, originator: 'client', payload: undefined },
    { topic: 'c.d', errnum: EHOSTUNREACH, matchtag: 2, originator: 'client', payload: undefined },
  ]);
  expect(tracker.fail(EHOSTUNREACH)).toEqual([]);
});

test('a plain RPC ends with its response, a stream with an error response', () => {
  const tracker = new RpcTracker();
  const plain = request('a.b');
  const stream = request('c.d', { matchtag: 2, streaming: true });
  for (const message of [plain, stream]) tracker.sent(message);
  tracker.received(Message.response(plain, 0, {}));
  tracker.received(Message.response(stream, 0, {}));
  expect(tracker.size).toBe(1);
  tracker.received(Message.response(stream, ENODATA));
  expect(tracker.size).toBe(0);
});

test.each([
  ['complete', { type: 'complete', rank: 0 }, 0],
  ['a program that could not be started', { type: 'state', rank: 0, state: 1, errno: 2 }, 0],
  ['an internal failure', { type: 'state', rank: 0, state: 4, errno: 32 }, 0],
  ['the exit of the process, whose output may still come', { type: 'state', rank: 0, state: 3, status: 0 }, 1],
  ['output', { type: 'output', rank: 0, pid: 1, io: {} }, 1],
])('a stream of broker.rexec, which has no error response at its end: %s', (_, payload, left) => {
  const tracker = new RpcTracker();
  const rexec = request('broker.rexec', { streaming: true });
  tracker.sent(rexec);
  tracker.received(Message.response(rexec, 0, payload));
  expect(tracker.size).toBe(left);
});

test('a disconnect ends all RPCs of its originator, and no others', () => {
  const tracker = new RpcTracker();
  tracker.sent(request('a.b'));
  tracker.sent(request('a.c', { matchtag: 2, streaming: true }));
  tracker.sent(request('a.b', { originator: 'other' }));
  tracker.sent(request('a.disconnect', { matchtag: 0 }));
  expect(tracker.fail(EHOSTUNREACH).map(({ originator }) => originator)).toEqual(['other']);
});
