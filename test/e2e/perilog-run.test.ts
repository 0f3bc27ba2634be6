import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { signals } from '../../core/sys/signals';
import { flux, start } from './processes';

test('a signal to all of its process group ends the scripts, and perilog-run tells of it', async () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'perilog-'));
  try {
    const script = path.join(dir, 'script');
    fs.writeFileSync(script, '#!/bin/sh\necho up\nexec sleep 100\n', { mode: 0o755 });
    const program = start([flux, 'perilog-run', 'prolog', '-d', dir], { env: { FLUX_JOB_ID: '0' }, group: true });
    await program.says('up\n');
    program.kill(signals.SIGTERM);
    expect(await program.ended).toMatchObject({ status: 143, stdout: 'up\n', stderr: `ƒ1: ${script} failed with rc=143\n` });
  } finally {
    fs.rmSync(dir, { recursive: true });
  }
});
