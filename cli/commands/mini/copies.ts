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

/** The jobs that --cc and --bcc make of one: for each id in ascending order a copy, `{cc}` replaced. */
export function copies(options: MiniOptions): Job[] {
  if (options.cc !== undefined && options.bcc !== undefined) throw new CommandError('specify only one of --cc or --bcc');
  const text = options.cc || options.bcc;
  if (!text) return [{ options, cc: undefined }];
  return [...parseIds(text)].map((cc) => ({ options: replaceAll(options, { positional: [], named: { cc } }), cc }));
}

/** The ids of --cc. @throws CommandError in Python's words */
export function parseIds(text: string): IdSet {
  try {
    return IdSet.parse(text);
  } catch (e) {
    throw new CommandError(`IDset(): Invalid argument: ${text}`, 1, { cause: e });
  }
}
