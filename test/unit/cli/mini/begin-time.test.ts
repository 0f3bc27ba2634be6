import { beginTime } from '../../../../cli/commands/mini/begin-time';
import { parseDatetime } from '../../../../cli/commands/mini/datetime';
import { inUtc } from '../../../support/zones';
import { golden } from '../golden-cases';

// A Wednesday; the recording was made in UTC.
const now = Date.UTC(2021, 5, 16, 13, 45, 30) / 1000;

describe('--begin-time', () => {
  inUtc();

  it.each(golden.parse_datetime.map((one) => [one.in, one] as const))('reads %j as recorded', async (_, { in: text, ts, error }) => {
    if (error === undefined) expect(await beginTime(text, now)).toBe(ts);
    else await expect(beginTime(text, now)).rejects.toThrow(error);
  });

  it('asks chrono-node where its own words leave some unread', () => {
    expect(parseDatetime('the day after tomorrow', new Date(now * 1000))).toBe(now + 2 * 86400);
  });
});
