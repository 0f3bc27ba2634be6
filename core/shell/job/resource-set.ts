import { IdSet } from '../../formats/idset';
import { decodeJson, type JsonObject } from '../../formats/json';
import { t } from '../../schema';
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

const object = t.wire(t.exactObject());
const entry = t.wire({ rank: t.union(t.string(), t.int()), children: t.wire({ core: t.string(), gpu: t.string({ default: '' }) }) });
const shape = t.wire({ version: t.oneOf([1]), execution: t.wire({ R_lite: t.array(entry) }) });

/** Parses R. @throws FluxError EINVAL: `error parsing R: TEXT` if it is no JSON, else `error decoding R` */
export function parseShellR(text: string): ShellR {
  const R = parseObject(text);
  try {
    return { object: R, shells: shape.parse(R).execution.R_lite.flatMap(shellsOf) };
  } catch (e) {
    throw new FluxError('EINVAL', 'error decoding R', { cause: e });
  }
}

function parseObject(text: string): JsonObject {
  try {
    return object.parse(decodeJson(text));
  } catch (e) {
    throw new FluxError('EINVAL', `error parsing R: ${errorText(e)}`, { cause: e });
  }
}

function shellsOf({ rank, children: { core: cores, gpu: gpus } }: t.infer<typeof entry>): ShellResources[] {
  parseIdList(gpus);
  const ncores = parseIdList(cores).length;
  const ids = typeof rank === 'number' ? [rank] : IdSet.parse(rank);
  return [...ids].map((brokerRank) => ({ brokerRank, cores: cores.slice(0, LONGEST_LIST), gpus: gpus.slice(0, LONGEST_LIST), ncores }));
}
