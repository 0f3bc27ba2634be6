import { IdSet } from '../../formats/idset';
import { decodeJson, type JsonObject } from '../../formats/json';
import { expectObject, jsonInteger, member } from '../../formats/json-types';
import { errorText, FluxError } from '../../sys/errors';
import { parseIdList } from './cpulist';

/** What R gives to one shell. */
export interface ShellResources {
  brokerRank: number;
  /** Lists of ids as they stand in R: `0-3,5`; `''` for none. */
  cores: string;
  gpus: string;
  ncores: number;
}

/** R as a shell reads it: shells in the order of R_lite's expansion. */
export interface ShellR {
  object: JsonObject;
  shells: readonly ShellResources[];
}

const LONGEST_LIST = 127;

/** Parses R. @throws FluxError EINVAL: `error parsing R: TEXT` if it is no JSON, else `error decoding R` */
export function parseShellR(text: string): ShellR {
  const object = parseObject(text);
  try {
    if (member.integer(object, 'version') !== 1) throw new FluxError('EINVAL');
    const lite = member.array(member.object(object, 'execution'), 'R_lite');
    return { object, shells: lite.flatMap(shellsOf) };
  } catch (e) {
    throw new FluxError('EINVAL', 'error decoding R', { cause: e });
  }
}

function parseObject(text: string): JsonObject {
  try {
    return expectObject(decodeJson(text));
  } catch (e) {
    throw new FluxError('EINVAL', `error parsing R: ${errorText(e)}`, { cause: e });
  }
}

function shellsOf(value: unknown): ShellResources[] {
  const entry = expectObject(value);
  const children = member.object(entry, 'children');
  const cores = member.string(children, 'core');
  const gpus = Object.hasOwn(children, 'gpu') ? member.string(children, 'gpu') : '';
  parseIdList(gpus);
  const ncores = parseIdList(cores).length;
  const ranks = entry['rank'];
  const ids = jsonInteger(ranks) === undefined ? IdSet.parse(member.string(entry, 'rank')) : [jsonInteger(ranks)!];
  return [...ids].map((brokerRank) => ({ brokerRank, cores: cores.slice(0, LONGEST_LIST), gpus: gpus.slice(0, LONGEST_LIST), ncores }));
}

/** The option `per-resource` as it must be. @throws FluxError EINVAL `Expected object, got string` */
export function parsePerResource(value: unknown): { type: string; count: number } {
  const object = expectObject(value);
  const type = member.string(object, 'type');
  return { type, count: Object.hasOwn(object, 'count') ? member.integer(object, 'count') : 1 };
}
