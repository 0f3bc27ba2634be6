import fs from 'node:fs';
import path from 'node:path';
// The class itself: cosmiconfig() would first look for settings of its own in the working directory, and run them if they are JavaScript.
import { Explorer } from 'cosmiconfig/dist/Explorer.js';
import { parse, TomlDate, TomlError } from 'smol-toml';
import { type JsonObject, real } from '../formats/json';
import { FluxError, toFluxError } from '../sys/errors';

/** The merged contents of the `*.toml` files of exactly this folder (docs/protocol/broker.md §11). The errors are readConfiguration's. */
export async function loadTomlFiles(folder: string): Promise<JsonObject> {
  const explorer = new Explorer({
    moduleName: 'flux',
    searchPlaces: [],
    searchStrategy: 'none',
    ignoreEmptySearchPlaces: true,
    mergeImportArrays: false,
    mergeSearchPlaces: false,
    metaConfigFilePath: null,
    packageProp: [], // package.toml is a file like others
    cache: false,
    loaders: { '.toml': loadToml },
    transform: (result) => result,
  });
  const merged: JsonObject = {};
  for (const file of tomlFiles(folder)) {
    try {
      const loaded = await explorer.load(file);
      Object.assign(merged, (loaded?.config as Loaded | undefined)?.table);
    } catch (e) {
      throw failure(e, file);
    }
  }
  return merged;
}

/** A file's table one level down, where cosmiconfig does not look for its own keys. */
interface Loaded {
  table: JsonObject;
}

function loadToml(_: string, text: string): Loaded {
  return { table: convert(parse(text, { integersAsBigInt: true })) as JsonObject };
}

function tomlFiles(folder: string): string[] {
  try {
    const names = fs.readdirSync(folder).filter((name) => name.endsWith('.toml') && !name.startsWith('.'));
    return names.sort().map((name) => path.join(folder, name));
  } catch (e) {
    throw failure(e, folder);
  }
}

function failure(e: unknown, file: string): FluxError {
  if (e instanceof TomlError) {
    const message = e.message.split('\n', 1)[0]!.replace(/^Invalid TOML document: /, '');
    return new FluxError('EINVAL', `Config file error: ${file}:${e.line}: ${message}`, { cause: e });
  }
  const { code, message } = toFluxError(e);
  return new FluxError(code, `Config file error: ${file}: ${message}`, { cause: e });
}

/** TOML's types as JSON's: integers stay integers, floats reals, dates `{"iso-8601-ts": s}`. EINVAL: a number that JSON does not have. */
function convert(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (typeof value === 'number') return realOf(value);
  if (value instanceof TomlDate) return { 'iso-8601-ts': value.toISOString() };
  if (Array.isArray(value)) return value.map(convert);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, convert(member)]));
}

function realOf(value: number): unknown {
  if (!Number.isFinite(value)) throw new FluxError('EINVAL', `${value} is not a finite number`);
  return Number.isInteger(value) ? real(value) : value;
}
