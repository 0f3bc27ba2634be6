import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { flux, run } from './processes';

const SIZE = 64;
const LIMIT_MS = 300_000;

/** Processes whose command line or environment has this text. */
function processesWith(text: string): string[] {
  const found: string[] = [];
  for (const pid of fs.readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const state = fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]![0];
      const files = ['cmdline', 'environ'].map((file) => fs.readFileSync(`/proc/${pid}/${file}`, 'utf8'));
      if (state !== 'Z' && files.some((content) => content.includes(text))) found.push(`${pid} ${files[0]!.replaceAll('\0', ' ')}`);
    } catch {
      // it has ended
    }
  }
  return found;
}

test(
  `an instance of ${SIZE} brokers starts, every rank answers ping, and it ends with no process or file left behind`,
  async () => {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-large-'));
    try {
      const ping = `for rank in $(seq 0 ${SIZE - 1}); do flux ping -c1 $rank | cut -d' ' -f1; done`;
      const { status, stdout, stderr } = await run([flux, 'start', `-s${SIZE}`, `flux overlay status --summary --wait=full; ${ping}`], {
        env: { TMPDIR: dir },
        cwd: dir,
      });
      const answers = Array.from({ length: SIZE }, (_, rank) => `${rank}!broker.ping`);
      expect({ status, answers: stdout.trim().split('\n'), stderr }).toEqual({ status: 0, answers: ['full', ...answers], stderr: '' });
      expect(fs.readdirSync(dir)).toEqual([]);
      expect(processesWith(dir)).toEqual([]);
    } finally {
      fs.rmSync(dir, { recursive: true });
    }
  },
  LIMIT_MS,
);
