import path from 'node:path';
import { type BlobHash, content, contentBacking, FluxError, type HandlersOf, isErrno, kvsCheckpoint, type ModuleContext } from 'flux';
import { type ContentDurability, isBlobHash, isContentDurability } from 'flux/internal';

/** Where a backing store module keeps blobs and checkpoints (docs/protocol/content.md §4). What it throws goes to the sender as it is. */
export interface BackingStore {
  /** `ref` is what the sender gave, of any form. ENOENT: there is no such blob. */
  load(ref: string): Promise<Buffer>;
  /** Resolves with the blob's reference when it is stored; one that is there already is fine. */
  store(blob: Buffer): Promise<string>;
  /** ENOENT: there is no such checkpoint. */
  getCheckpoint(key: string): Promise<string>;
  putCheckpoint(key: string, value: string): Promise<void>;
  /** The module goes: no more requests come. */
  close?(): void | Promise<void>;
}

export interface BackingModule {
  /** What a blob that is stored survives; `none`: the content service need not wait for it. */
  durability: ContentDurability;
  /** Serve requests, but don't register with the content service. */
  alone?: boolean;
  open: () => Promise<BackingStore>;
}

/** The part of a backing store's definition that all have: requests wait until it runs; while another has the services, it can't be loaded. */
export const backingServices = {
  serves: [contentBacking, kvsCheckpoint],
  taken: { code: 'EBUSY', text: 'content backing store is already active' },
} as const;

/**
 * Makes a module a backing store: registers with the content service, then opens what is behind it, and gives the handlers of its services. The
 * registration's errors are the load's (EBUSY, EINVAL).
 */
export async function runBackingStore(
  m: ModuleContext<unknown, unknown>,
  { durability, alone = false, open }: BackingModule,
): Promise<HandlersOf<(typeof backingServices)['serves']>> {
  if (!alone) await register(m, durability);
  let store: BackingStore | undefined;
  m.defer(async () => {
    if (!alone) await m.flux.call(content.unregisterBacking, {}, { nodeid: 0 });
    await store?.close?.();
  });
  const opened = await open();
  store = opened;
  return [
    { load: (ref) => opened.load(ref), store: (blob) => opened.store(blob) },
    {
      get: async ({ key }) => ({ value: await opened.getCheckpoint(key) }),
      put: ({ key, value }) => opened.putCheckpoint(key, value),
    },
  ];
}

async function register(m: ModuleContext<unknown, unknown>, durability: ContentDurability): Promise<void> {
  const { flux, name, log } = m;
  const wanted = await wantedDurability(m);
  await flux.call(content.registerBacking, { name, durability }, { nodeid: 0 });
  if (durability === 'none' && wanted !== 'none')
    log[wanted ? 'warning' : 'info'](
      `content.durability is none with ${name}${wanted ? `, not ${wanted}` : ''}: stores are acknowledged before they are written`,
    );
}

/** What attribute content.durability asks for; undefined: it is not set. */
export async function wantedDurability({ flux }: ModuleContext<unknown, unknown>): Promise<ContentDurability | undefined> {
  const value = await attributeOf(flux.getattr('content.durability'));
  return isContentDurability(value) ? value : undefined;
}

/** The hash of the instance, of attribute content.hash. */
export async function contentHash({ flux }: ModuleContext<unknown, unknown>): Promise<BlobHash> {
  const hash = await flux.getattr('content.hash');
  if (!isBlobHash(hash)) throw new FluxError('EINVAL', `${hash}: unknown hash type`);
  return hash;
}

/** The place that attribute content.backing-path names; if it is not set, `fallback` in rundir, which it is then set to. */
export async function backingPath({ flux }: ModuleContext<unknown, unknown>, fallback: string): Promise<string> {
  const given = await attributeOf(flux.getattr('content.backing-path'));
  if (given !== undefined) return given;
  const place = path.join(await flux.getattr('rundir'), fallback);
  await flux.setattr('content.backing-path', place);
  return place;
}

/** A checkpoint's key as a file or object is named by it. EINVAL, with `text`: it can't be. */
export function checkKeyName(key: string, text: string): void {
  if (key === '' || key === '.' || key === '..' || key.includes('/')) throw new FluxError('EINVAL', text);
}

function attributeOf(value: Promise<string>): Promise<string | undefined> {
  return value.catch((e) => (isErrno(e, 'ENOENT') ? undefined : Promise.reject(e)));
}
