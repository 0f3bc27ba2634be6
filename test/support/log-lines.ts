import type { Flux } from '../../core/handle';
import { parseLogEntry } from '../../core/handle/log-entry';

/** Waits for a line in a broker's log, also one that is there already, that has all these words; gives its text. */
export async function logLine(flux: Flux, ...words: string[]): Promise<string> {
  const entries = flux.stream('log.dmesg', { follow: true });
  try {
    for (let entry = await entries.nextMessage(); entry; entry = await entries.nextMessage()) {
      const { text } = parseLogEntry(entry.text()) ?? { text: entry.text() };
      if (words.every((word) => text.includes(word))) return text;
    }
    throw new Error('the log has ended');
  } finally {
    await entries.return();
  }
}
