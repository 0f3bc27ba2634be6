import type { Schema } from '../schema/schema';
import { errorText } from '../sys/errors';
import { LoggedError } from './errors';
import type { ShellLog } from './log';

/** A shell option as a schema reads it; undefined if it is not set. @throws LoggedError after ERROR `shell_getopt: unpack error: TEXT` */
export function readOption<T>(log: ShellLog, value: unknown, schema: Schema<T>): T | undefined {
  if (value === undefined) return undefined;
  try {
    return schema.parse(value);
  } catch (e) {
    const text = `shell_getopt: unpack error: ${errorText(e)}`;
    log.error(text);
    throw new LoggedError(text);
  }
}
