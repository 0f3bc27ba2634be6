import { parseJobId } from '../../core/formats/fluid';
import { FluxError } from '../../core/sys/errors';
import { CommandError } from '../command';

/** A job id argument of `flux job`. @throws CommandError in its words */
export function jobIdArgument(text: string): bigint {
  try {
    return parseJobId(text);
  } catch (e) {
    throw new CommandError(`error parsing jobid: "${text}"`, 1, { cause: e });
  }
}

/** A job id argument of a Python command. @throws FluxError in its words */
export function pythonJobId(text: string): bigint {
  try {
    return parseJobId(text);
  } catch (e) {
    throw new FluxError('EINVAL', 'EINVAL: Invalid argument', { cause: e });
  }
}
