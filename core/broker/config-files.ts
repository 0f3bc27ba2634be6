import type { EncodableObject, JsonObject } from '../formats/json';
import { Payload } from '../message';

/**
 * A configuration as it travels: `payload` keeps reals apart from integers, `object` is what code in this process reads.
 */
export interface Configuration {
  payload: Payload;
  object: JsonObject;
}

/** A configuration made in memory. */
export function configurationOf(object: EncodableObject): Configuration {
  const payload = Payload.json(object);
  return { payload, object: payload.json() };
}

/**
 * Reads all `*.toml` of a folder, in sorted order; top-level keys of a later file replace those of an earlier one. No file: an empty
 * configuration. Errors: `Config file error: FILE:LINE: MSG` (EINVAL), `Config file error: PATH: STRERROR` (its errno).
 */
export async function readConfiguration(folder: string): Promise<Configuration> {
  const { loadTomlFiles } = await import('./config-toml.js'); // most brokers have no configuration to read
  return configurationOf(await loadTomlFiles(folder));
}
