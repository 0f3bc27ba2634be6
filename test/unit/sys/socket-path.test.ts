import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { bindSocket } from '../../../core/router';
import { MAX_SOCKET_PATH } from '../../../core/sys/socket-path';
import { connectLocal } from '../../../core/transport/local';

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'f-'));
afterAll(() => fs.rmSync(scratch, { recursive: true }));
const longest = path.join(scratch, 'x'.repeat(MAX_SOCKET_PATH - scratch.length - 1));

test('a name of 107 bytes is listened on and connected to', async () => {
  const server = await bindSocket({ path: longest, admit: () => (transport) => transport.close() });
  expect(fs.readdirSync(scratch)).toEqual([path.basename(longest)]);
  (await connectLocal(longest)).close();
  await server.close();
});

test('a longer one is refused, and reaches no socket whose name it begins with', async () => {
  const other = net.createServer();
  await new Promise<void>((resolve) => other.listen(longest, resolve));
  await expect(connectLocal(`${longest}x`)).rejects.toMatchObject({ code: 'ENAMETOOLONG' });
  await expect(bindSocket({ path: `${longest}x`, admit: () => () => {} })).rejects.toMatchObject({ code: 'ENAMETOOLONG' });
  expect(fs.readdirSync(scratch)).toEqual([path.basename(longest)]);
  await new Promise((resolve) => other.close(resolve));
});
