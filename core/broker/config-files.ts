import fs from 'node:fs';
import path from 'node:path';
import { parse, TomlDate, TomlError } from 'smol-toml';
import { real } from '../formats/json';
import { Payload } from '../message';
import type { JsonObject } from '../plugin/types-common';
import { FluxError, toFluxError } from '../sys/errors';

/**
 * A configuration as it travels: `payload` keeps reals apart from integers, `object` is what code in this process reads.
 */
export interface Configuration {
  payload: Payload;
  object: JsonObject;
}

/** A configuration made in memory. */
export function configurationOf(object: JsonObject): Configuration {
  const payload = Payload.json(object);
  return { payload, object: payload.json() };
}

/**
 * Reads all `*.toml` of a folder, in sorted order; top-level keys of a later file replace those of an earlier one. No file: an empty
 * configuration. Errors: `Config file error: FILE:LINE: MSG` (EINVAL), `Config file error: PATH: STRERROR` (its errno).
 */
export function readConfiguration(folder: string): Configuration {
  const merged: JsonObject = {};
  for (const file of tomlFiles(folder)) Object.assign(merged, readToml(file));
  return configurationOf(merged);
}

function tomlFiles(folder: string): string[] {
  try {
    const names = fs.readdirSync(folder).filter((name) => name.endsWith('.toml') && !name.startsWith('.'));
    return names.sort().map((name) => path.join(folder, name));
  } catch (e) {
    throw failure(e, folder);
  }
}

function readToml(file: string): JsonObject {
  try {
    return convert(parse(fs.readFileSync(file, 'utf8'), { integersAsBigInt: true })) as JsonObject;
  } catch (e) {
    throw failure(e, file);
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

/** TOML's types as JSON's: integers stay integers, floats reals, dates `{"iso-8601-ts": s}`. */
function convert(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (typeof value === 'number') return Number.isInteger(value) ? real(value) : value;
  if (value instanceof TomlDate) return { 'iso-8601-ts': value.toISOString() };
  if (Array.isArray(value)) return value.map(convert);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, convert(member)]));
}
