import { randomBytes, randomInt } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { blobrefOf, Content, Flux, parseBlobref } from '../../core';
import { State } from '../../core/broker/state-machine';
import { spawnProcess } from '../../core/sys/spawn';
import { testInstance } from '../../core/testing';

const root = path.resolve(__dirname, '../../..');
const SIGKILL = 9;
const IN_FLIGHT = 32;

let folder: string;
let file: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-e2e-'));
  file = path.join(folder, 'content.sqlite');
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

/** Starts a broker, stores blobs until so many are acknowledged, and kills it. The references of those that were. */
async function killedUnderLoad(durability: string | undefined, acknowledgements: number): Promise<string[]> {
  const uri = `local://${folder}/local`;
  const attributes = [
    'broker.rc2_none',
    `content.backing-path=${file}`,
    `local-uri=${uri}`,
    ...(durability ? [`content.durability=${durability}`] : []),
  ];
  const broker = spawnProcess({
    argv: [path.join(root, 'flux'), 'start', ...attributes.map((attribute) => `-o,-S${attribute}`)],
    env: { PATH: process.env['PATH'], HOME: folder, TMPDIR: folder, SHELL: '/bin/sh' },
    cwd: folder,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const flux = await Flux.open(uri, { env: { FLUX_LOCAL_CONNECTOR_RETRY_COUNT: '30' } });
  for await (const { state } of flux.stream<{ state: number }>('state-machine.monitor')) if (state === State.run) break;
  expect(await flux.getattr('content.durability')).toBe(durability ?? 'process');
  expect(await flux.getattr('broker.pid')).toBe(String(broker.pid));
  const content = new Content(flux);
  const refs: string[] = [];
  const storing = Array.from({ length: IN_FLIGHT }, async () => {
    try {
      for (;;) {
        refs.push(await content.store(randomBytes(randomInt(20_000))));
        if (refs.length === acknowledgements) process.kill(broker.pid, SIGKILL);
      }
    } catch {
      // the connection has ended with its broker
    }
  });
  await Promise.all(storing);
  expect((await broker.exited).status & 0x7f).toBe(SIGKILL);
  flux.close();
  return refs;
}

async function expectAll(refs: readonly string[]): Promise<void> {
  const instance = await testInstance({ modules: ['content'], attributes: { 'content.backing-path': file } });
  try {
    await instance.load(0, 'content-sqlite');
    const content = new Content(instance.flux);
    for (const ref of refs) expect(blobrefOf(await content.load(ref))).toBe(ref);
  } finally {
    await instance.stop();
  }
}

test.each([undefined, undefined, 'process', 'power'])(
  'a broker that is killed has every blob whose store it acknowledged (content.durability %p)',
  async (durability) => {
    const refs: string[] = [];
    for (const acknowledgements of [randomInt(1, 20), randomInt(20, 600)]) {
      refs.push(...(await killedUnderLoad(durability, acknowledgements)));
      expect(refs.length).toBeGreaterThanOrEqual(acknowledgements);
    }
    await expectAll(refs);
    const db = new Database(file, { readonly: true });
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    const has = db.prepare<[Buffer], number>('SELECT 1 FROM objects WHERE hash = CAST(? AS TEXT)').pluck();
    expect(refs.filter((ref) => has.get(parseBlobref(ref).digest) === undefined)).toEqual([]);
    db.close();
  },
);

test('a durability that does not exist keeps the broker from starting', async () => {
  const argv = [path.join(root, 'flux'), 'start', '-o,-Scontent.durability=forever', 'true'];
  const broker = spawnProcess({
    argv,
    env: { PATH: process.env['PATH'], HOME: folder, TMPDIR: folder },
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const chunks: Buffer[] = [];
  for await (const chunk of broker.stderr!) chunks.push(chunk as Buffer);
  expect(((await broker.exited).status >> 8) & 0xff).toBe(1);
  expect(Buffer.concat(chunks).toString()).toBe('flux-broker: content.durability: expected process, power, none, got "forever"\n');
});
