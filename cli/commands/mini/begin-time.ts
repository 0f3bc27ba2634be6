import { parseFsdOption } from '../../../core/formats/fsd';
import { textOnly } from '../../text-only';

/**
 * The time that --begin-time gives, in seconds since the epoch: `+FSD` and `-FSD` count from now, anything else is a date in words, in local time.
 * @throws CommandError for what is not understood, and for what is past though it does not say so
 */
export async function beginTime(text: string, now = Date.now() / 1000): Promise<number> {
  if (text.startsWith('+')) return now + textOnly(() => parseFsdOption(text.slice(1)));
  if (text.startsWith('-')) return now - textOnly(() => parseFsdOption(text.slice(1)));
  const { parseDatetime } = await import('./datetime.js');
  return parseDatetime(text, now);
}
