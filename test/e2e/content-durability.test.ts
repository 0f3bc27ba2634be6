import { randomBytes, randomInt } from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import Database from 'better-sqlite3';
import { blobrefOf, Content, Flux } from '../../core';
import { State } from '../../core/broker/state-machine';
import { parseBlobref } from '../../core/formats/blobref';
import { signals } from '../../core/sys/signals';
import { testInstance } from '../../core/testing';
import { flux as program, runFlux, start } from './processes';

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
  const options = attributes.map((attribute) => `-o,-S${attribute}`);
  const broker = start([program, 'start', ...options], { cwd: folder, env: { TMPDIR: folder } });
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
        if (refs.length === acknowledgements) broker.kill(signals.SIGKILL);
      }
    } catch {
      // the connection has ended with its broker
    }
  });
  await Promise.all(storing);
  expect((await broker.ended).status).toBe(128 + signals.SIGKILL);
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

test.each([undefined, 'power'])(
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

test('with content.durability none a broker that is killed leaves a sound file', async () => {
  await killedUnderLoad('none', randomInt(20, 600));
  await expectAll([]);
  const db = new Database(file, { readonly: true });
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  db.close();
});

test('a durability that does not exist keeps the broker from starting', async () => {
  const { status, stderr } = await runFlux(['start', '-o,-Scontent.durability=forever', 'true'], { cwd: folder, env: { TMPDIR: folder } });
  expect(status).toBe(1);
  expect(stderr).toBe('flux-broker: content.durability: expected process, power, none, got "forever"\n');
});
