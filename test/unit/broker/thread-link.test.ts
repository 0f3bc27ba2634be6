import { type Chunks, messagesOf, ThreadSender } from '../../../core/broker/modules/thread-link';
import { encodeMessage, Message } from '../../../core/message';

let posts: { chunks: Chunks; transfer: ArrayBuffer[] }[];
let sender: ThreadSender;
beforeEach(() => {
  posts = [];
  sender = new ThreadSender((chunks, transfer) => void posts.push({ chunks, transfer }));
});

const request = (topic: string, length: number) => Message.request(topic, Buffer.alloc(length, topic)).enableRoutes();
const received = () => posts.flatMap(({ chunks }) => [...messagesOf(chunks)].map((message) => encodeMessage(message)));

test('messages of one turn go in one post, and arrive as they were sent, in their order', async () => {
  const sent = [0, 10, 300, 20_000, 5, 100_000, 70_000, 0].map((length, i) => request(`topic.${i}`, length));
  for (const message of sent) sender.send(message);
  expect(posts).toEqual([]);
  await Promise.resolve();
  expect(posts).toHaveLength(1);
  expect(received()).toEqual(sent.map((message) => encodeMessage(message)));
  sender.send(request('next', 1));
  await Promise.resolve();
  expect(posts).toHaveLength(2);
});

test('a large message has memory to itself, small ones share it, and all of it is handed over', async () => {
  for (const length of [100, 100, 50_000, 100]) sender.send(request('t', length));
  await Promise.resolve();
  const [{ chunks, transfer }] = posts as [(typeof posts)[number]];
  expect(chunks).toHaveLength(3);
  expect(chunks.map(({ buffer }) => buffer)).toEqual(transfer);
  for (const { byteLength, buffer } of chunks) expect(buffer.byteLength).toBe(byteLength);
});

test('what waits can be posted at once, and is not posted again', async () => {
  sender.send(request('t', 1));
  sender.flush();
  sender.flush();
  await Promise.resolve();
  expect(posts).toHaveLength(1);
});
