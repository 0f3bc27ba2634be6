import { isContentDurability } from '../client/content';
import { isBlobHash } from '../formats/blobref';
import { contentDurabilities } from '../protocol/content';
import { FluxError } from '../sys/errors';
import { type ActiveAttribute, AttrFlag, type Attributes } from './attributes';

const MAX_UINT32 = 4294967295;

/** Numbers of the content cache and their defaults, and whether they may be set while the broker runs. */
const numbers: readonly [name: string, fallback: string, settable: boolean][] = [
  ['content.blob-size-limit', '1073741824', false],
  ['content.flush-batch-limit', '256', true],
  ['content.purge-target-size', '16777216', true],
  ['content.purge-old-entry', '10', true],
];

/** Registers the attributes of the content service (docs/protocol/content.md §3). EINVAL: one was preset to what it can't be. */
export async function addContentAttributes(attributes: Attributes): Promise<void> {
  const hash = attributes.addDefault('content.hash', 'sha1', AttrFlag.immutable) ?? '';
  if (!isBlobHash(hash)) throw new FluxError('EINVAL', `${hash}: unknown hash type\ncontent_cache_create: Invalid argument`);
  for (const [name, fallback, settable] of numbers) {
    const value = attributes.value(name) ?? fallback;
    if (!isUint32(value)) throw new FluxError('EINVAL', 'content_cache_create: Invalid argument');
    if (settable) await attributes.addActive(name, uint32Attribute(value));
    else await attributes.addActive(name, { get: () => value, flags: AttrFlag.immutable });
  }
  await attributes.addActive('content.backing-module', backingModuleAttribute(attributes.value('content.backing-module')));
  const durability = durabilityAttribute(attributes.value('content.durability'));
  attributes.withdraw('content.durability'); // what was asked for settles nothing
  await attributes.addActive('content.durability', durability);
}

/** Set by the content service when the first backing store registers. */
function backingModuleAttribute(preset: string | null): ActiveAttribute {
  let value = preset;
  return {
    get: () => value,
    set: (name) => {
      value = name;
    },
    flags: AttrFlag.readonly,
  };
}

/** Unset, or what was asked for, until the first that sets it settles it: the content service, when a backing store has registered. EPERM afterwards. */
function durabilityAttribute(preset: string | null): ActiveAttribute {
  let value = checkedDurability(preset);
  let settled = false;
  return {
    get: () => value,
    set: (next) => {
      if (settled && next !== value) throw new FluxError('EPERM', `content.durability is ${value} already`);
      value = checkedDurability(next);
      settled = true;
    },
  };
}

function checkedDurability(value: string | null): string | null {
  if (value === null || isContentDurability(value)) return value;
  throw new FluxError('EINVAL', `content.durability: expected ${contentDurabilities.join(', ')}, got ${JSON.stringify(value)}`);
}

function uint32Attribute(initial: string): ActiveAttribute {
  let value = initial;
  return {
    get: () => value,
    set: (next) => {
      if (!isUint32(next)) throw new FluxError('EINVAL');
      value = next;
    },
  };
}

function isUint32(text: string): boolean {
  return /^\d+$/.test(text) && Number(text) <= MAX_UINT32;
}
