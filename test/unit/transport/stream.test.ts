import { Duplex } from 'node:stream';
import { Message } from '../../../core/message';
import { StreamTransport } from '../../../core/transport/stream';

test('a peer that has gone is ECONNRESET also for who writes to it', async () => {
  const gone = Object.assign(new Error('write EPIPE'), { code: 'EPIPE', errno: -32, syscall: 'write' });
  const stream = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done(gone) });
  const transport = new StreamTransport(stream);
  const closed = new Promise((resolve) => {
    transport.onClose = resolve;
  });
  transport.send(Message.request('x.y'));
  expect(await closed).toMatchObject({ code: 'ECONNRESET', message: 'Connection reset by peer' });
});
