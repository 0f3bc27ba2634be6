import { IdSet } from '../../../core/formats/idset';
import { CommandError } from '../../command';
import type { MiniOptions } from './options';
import { replaceAll } from './replace';

/** A job to be submitted. */
export interface Job {
  options: MiniOptions;
  /** The id of --cc or --bcc. */
  cc: number | undefined;
}

/** The jobs that are made of one, each when it is asked for: there may be millions. */
export interface Copies extends Iterable<Job> {
  readonly count: number;
}

/**
 * The jobs that --cc and --bcc make of one: for each id in ascending order a copy, `{cc}` replaced. @throws CommandError as a copy would be: before there
 * is any
 */
export function copies(options: MiniOptions): Copies {
  if (options.cc !== undefined && options.bcc !== undefined) throw new CommandError('specify only one of --cc or --bcc');
  const text = options.cc || options.bcc;
  if (!text) return { count: 1, [Symbol.iterator]: () => [{ options, cc: undefined }].values() };
  const ids = parseIds(text);
  const copy = (cc: number): Job => ({ options: replaceAll(options, { positional: [], named: { cc } }), cc });
  for (const first of ids) {
    copy(first);
    break;
  }
  return {
    count: ids.count,
    *[Symbol.iterator]() {
      for (const id of ids) yield copy(id);
    },
  };
}

/** The ids of --cc. @throws CommandError in Python's words */
function parseIds(text: string): IdSet {
  try {
    return IdSet.parse(text);
  } catch (e) {
    throw new CommandError(`IDset(): Invalid argument: ${text}`, 1, { cause: e });
  }
}
