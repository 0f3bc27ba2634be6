import { Message } from '../../../core/message';
import { FrameReader, frameMessage } from '../../../core/transport';
import { decoded, feedBytes, random } from '../../support/fuzz';

const messages = Array.from({ length: 20 }, (_, i) => Message.request(`topic.${i}`, { n: i, pad: 'x'.repeat(i * 37) }).enableRoutes());
const stream = Buffer.concat(messages.map(frameMessage));

function read(chunks: Iterable<Buffer>): string[] {
  const reader = new FrameReader();
  const topics: string[] = [];
  for (const chunk of chunks) reader.feed(chunk, (message) => topics.push(message.topic!));
  return topics;
}

describe('messages on a byte stream', () => {
  test.each([1, 2, 3, 7, 8, 9, 64, 1000, stream.length])('arrive whole in chunks of %d bytes', (size) => {
    const chunks: Buffer[] = [];
    for (let i = 0; i < stream.length; i += size) chunks.push(stream.subarray(i, i + size));
    expect(read(chunks)).toEqual(messages.map((m) => m.topic));
  });

  test('half a message is not delivered', () => {
    expect(read([stream.subarray(0, frameMessage(messages[0]!).length - 1)])).toEqual([]);
  });

  test('a wrong magic, an empty message, and bytes that are no message are EPROTO', () => {
    for (const hex of ['13 00 ee ff 00000015', '1200eeff00000000', '1200eeff0000000100']) {
      expect(() => read([Buffer.from(hex.replace(/ /g, ''), 'hex')])).toThrow(expect.objectContaining({ code: 'EPROTO' }));
    }
  });

  test('mutated streams in random chunks give whole messages, EPROTO or EINVAL: 20000', () => {
    feedBytes(20_000, [stream.subarray(0, 2000), stream], (bytes) => {
      const reader = new FrameReader();
      const feedChunks = () => {
        for (let at = 0; at < bytes.length; ) {
          const end = at + 1 + random(3000);
          reader.feed(bytes.subarray(at, end), (message) => void message.topic);
          at = end;
        }
      };
      decoded(feedChunks, 'EPROTO', 'EINVAL');
    });
  });
});
