import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { testInstance } from '../../../core/testing';
import { JobInstance } from '../job-manager/job-instance';

// A plugin is loaded again and again: nothing of an earlier time may stay.
const RELOADS = 200;
/** Each load of a plugin holds this much: so 200 that stay would be 400 MB. */
const BALLAST = 2 ** 21;
const ALLOWED = 32 * BALLAST;

let folder: string;
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-reload-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

function write(name: string, text: string): string {
  const file = path.join(folder, name);
  fs.writeFileSync(file, text);
  return file;
}

/** The version that the nth load sees. */
const edited = (text: string, n: number) => text.replaceAll('VERSION', String(n));

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

/** Bytes in use once all garbage is gone. */
async function memory(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    await new Promise((resolve) => setImmediate(resolve));
    gc();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Everything that a host can keep: counts, and the event loop's handles. */
function handles(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  delete counts['Immediate'];
  return counts;
}

test(`a module that is reloaded ${RELOADS} times leaves no service, port, subscription, timer or memory`, async () => {
  const t = await testInstance({ size: 2 });
  try {
    const text = `import { defineModule } from 'flux';
import { ballast } from './ballast';
export default defineModule({ name: 'again', api: 1, services: ['again2'],
  async main(m) {
    m.every(60_000, () => ballast);
    m.after(60_000, () => ballast);
    await m.subscribe('again.', () => void ballast);
    m.serve('version', {}, () => ({ version: VERSION, size: ballast.length }));
    m.serve('again2.forward', {}, () => ({}));
    m.serveStream('wait', {}, async function* (_, { signal }) { yield { here: ballast.length }; await new Promise((resolve) => signal.addEventListener('abort', resolve)); });
    m.on('config-reload', () => void ballast);
    m.defer(() => void ballast);
    await m.flux.rpc('log.dmesg', {}).catch(() => {});
  } });`;
    write('ballast.js', `exports.ballast = Buffer.alloc(${BALLAST});`);
    const [broker] = t.brokers;
    const load = async (n: number) => {
      const path = write('again.ts', edited(text, n));
      await t.flux.rpc('broker.insmod', { path, args: [] });
      expect(await t.flux.rpc('again.version')).toEqual({ version: n, size: BALLAST });
      const stream = t.flux.stream('again.wait');
      await stream.next();
      await t.flux.rpc('broker.rmmod', { name: 'again' });
      await expect(stream.next()).rejects.toMatchObject({ code: 'ENOSYS' });
    };
    const state = () => ({ ports: [...broker!.router.ports].length, service: broker!.services.has('again2'), handles: handles() });
    await load(0);
    const before = { state: state(), memory: await memory() };
    for (let n = 1; n <= RELOADS; n++) await load(n);
    expect(state()).toEqual(before.state);
    expect((await memory()) - before.memory).toBeLessThan(ALLOWED);
  } finally {
    await t.stop();
  }
});

test(`a jobtap plugin that is reloaded ${RELOADS} times leaves no handler, service, job data, timer or memory`, async () => {
  const jobs = await JobInstance.start();
  try {
    const text = `import { defineJobtap } from 'flux';
const ballast = Buffer.alloc(${BALLAST});
export default defineJobtap({ name: 'again', api: 1,
  setup(p) {
    const data = p.jobData<Buffer>();
    p.every(60_000, () => void ballast);
    p.on('job.new', (job) => { data.set(job, ballast); p.subscribe(job); });
    p.on('job.event.*', () => void ballast);
    p.serve('version', {}, () => ({ version: VERSION, size: ballast.length }));
    p.defer(() => void ballast);
  } });`;
    await jobs.submit({ urgency: 0 }); // the plugin keeps data about it
    const load = async (n: number) => {
      await jobs.flux.rpc('job-manager.jobtap', { load: write('again.ts', edited(text, n)) });
      expect(await jobs.flux.rpc('job-manager.again.version')).toEqual({ version: n, size: BALLAST });
      await jobs.flux.rpc('job-manager.jobtap', { remove: 'again.ts' });
      await expect(jobs.flux.rpc('job-manager.again.version')).rejects.toMatchObject({ code: 'ENOSYS' });
    };
    await load(0);
    const before = { handles: handles(), memory: await memory() };
    for (let n = 1; n <= RELOADS; n++) await load(n);
    expect(handles()).toEqual(before.handles);
    expect((await memory()) - before.memory).toBeLessThan(ALLOWED);
  } finally {
    await jobs.stop();
  }
});

test('a module in a thread that is reloaded leaves no thread', async () => {
  const t = await testInstance();
  try {
    const text = `const { defineModule } = require('flux');
module.exports = defineModule({ name: 'again', api: 1, thread: true, main(m) { m.every(60_000, () => {}); m.serve('version', {}, () => ({ version: VERSION })); } });`;
    const load = async (n: number) => {
      await t.flux.rpc('broker.insmod', { path: write('again.js', edited(text, n)), args: [] });
      expect(await t.flux.rpc('again.version')).toEqual({ version: n });
      await t.flux.rpc('broker.rmmod', { name: 'again' });
    };
    await load(0);
    const before = { handles: handles(), threads: fs.readdirSync('/proc/self/task').length };
    for (let n = 1; n <= 5; n++) await load(n);
    expect({ handles: handles(), threads: fs.readdirSync('/proc/self/task').length }).toEqual(before);
  } finally {
    await t.stop();
  }
});
