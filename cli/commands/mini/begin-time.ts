import { parseFsdOption } from '../../../core/formats/fsd';
import { CommandError } from '../../command';
import { textOnly } from '../../text-only';

/**
 * The time that --begin-time gives, in seconds since the epoch: `+FSD` and `-FSD` count from now, anything else is a date in words, in local time.
 */
export async function beginTime(text: string, now = Date.now() / 1000): Promise<number> {
  if (text.startsWith('+')) return now + textOnly(() => parseFsdOption(text.slice(1)));
  if (text.startsWith('-')) return now - textOnly(() => parseFsdOption(text.slice(1)));
  const { parseDatetime } = await import('./datetime.js');
  const seconds = parseDatetime(text, new Date(now * 1000));
  if (seconds === undefined) throw new CommandError(`Invalid datetime: "${text}"`);
  return seconds;
}
