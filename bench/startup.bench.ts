import path from 'node:path';
import { spawnProcess } from '../core/sys/spawn';

/** One figure of a benchmark. */
export interface Row {
  what: string;
  value: number;
  unit: string;
  note?: string;
}

const flux = path.resolve(__dirname, '..', '..', 'flux');
const rounds = 15;

/** Start-up of commands that need no instance, beside the least that Node can do. */
export default {
  name: 'startup',
  async run(): Promise<Row[]> {
    const commands: Record<string, string[]> = {
      'node -e 0': [process.execPath, '-e', '0'],
      'flux version': [flux, 'version'],
      'flux env': [flux, 'env'],
      'flux --help': [flux, '--help'],
    };
    const times = new Map<string, number[]>(Object.keys(commands).map((name) => [name, []]));
    // In turns, so that a change of the machine's speed meets all alike.
    for (let round = 0; round < rounds; round++) {
      for (const [name, argv] of Object.entries(commands)) times.get(name)!.push(await once(argv));
    }
    const base = median(times.get('node -e 0')!);
    return [...times].map(([what, list]) => ({
      what,
      value: median(list),
      unit: 'ms',
      note: `${(median(list) / base).toFixed(2)} × node -e 0`,
    }));
  },
};

async function once(argv: string[]): Promise<number> {
  const started = performance.now();
  await spawnProcess({ argv, env: process.env }).exited;
  return performance.now() - started;
}

function median(list: number[]): number {
  return [...list].sort((a, b) => a - b)[list.length >> 1]!;
}
