import { beginTime } from '../../../../cli/commands/mini/begin-time';
import { localStamp, localTime } from '../../../../core/sys/local-time';
import { differingDatetimes } from '../../../contract/exceptions';
import { seededRandom } from '../../../support/random';
import { inUtc } from '../../../support/zones';
import { golden } from '../golden-cases';

// A Wednesday; the recording was made in UTC.
const now = Date.UTC(2021, 5, 16, 13, 45, 30) / 1000;

/** What `text` gives at a local time, as local time. */
async function read(text: string, at: string, zone = 'UTC'): Promise<string> {
  process.env['TZ'] = zone;
  return localStamp(await beginTime(text, Date.parse(at) / 1000));
}

describe('--begin-time', () => {
  inUtc();

  test.each(golden.parse_datetime.map((one) => [one.in, one] as const))('reads %j as recorded, or as it is meant', async (_, one) => {
    const { in: text, ts, error } = one;
    const reason = differingDatetimes[text];
    const found = await beginTime(text, now).catch((e: Error) => e.message);
    if (reason === undefined) expect(found).toEqual(ts ?? expect.stringContaining(error!));
    else expect(found).not.toBe(ts);
  });

  // all as of Wednesday 2026-12-02 20:26:30
  test.each([
    // ISO 8601
    ['2026-12-24T17:00:00', '2026-12-24T17:00:00'],
    ['2026-12-24T08:00', '2026-12-24T08:00:00'],
    ['2026-12-24 08:00', '2026-12-24T08:00:00'],
    ['2026-12-24T08:00Z', '2026-12-24T08:00:00'],
    ['2026-12-24T08:00:00+05:30', '2026-12-24T02:30:00'],
    ['2026-12-24T08:00-0800', '2026-12-24T16:00:00'],
    ['20261224T080000Z', '2026-12-24T08:00:00'],
    // dates
    ['24.12.2026 08:00', '2026-12-24T08:00:00'],
    ['5.6.2027', '2027-06-05T20:26:30'],
    ['31/12', '2026-12-31T20:26:30'],
    ['24/12', '2026-12-24T20:26:30'],
    ['25/12/2026', '2026-12-25T20:26:30'],
    ['13/1', '2027-01-13T20:26:30'],
    ['1/12', '2027-01-12T20:26:30'],
    ['12/1', '2027-12-01T20:26:30'],
    ['12/2', '2026-12-02T20:26:30'],
    ['12/2 8pm', '2027-12-02T20:00:00'],
    ['june 21', '2027-06-21T20:26:30'],
    ['dec 24 08:00', '2026-12-24T08:00:00'],
    ['june', '2027-06-01T00:00:00'],
    ['feb 29', '2028-02-29T20:26:30'],
    ['2/29 8am', '2028-02-29T08:00:00'],
    ['29 february', '2028-02-29T20:26:30'],
    ['june 2028', '2028-06-01T00:00:00'],
    ['thursday 2026-12-24', '2026-12-24T20:26:30'],
    // days
    ['today', '2026-12-02T20:26:30'],
    ['today 9pm', '2026-12-02T21:00:00'],
    ['day after tomorrow', '2026-12-04T00:00:00'],
    ['the day after tomorrow', '2026-12-04T00:00:00'],
    ['3 days from tomorrow', '2026-12-06T00:00:00'],
    ['end of month', '2026-12-31T00:00:00'],
    ['end of the year', '2026-12-31T00:00:00'],
    ['wednesday', '2026-12-09T20:26:30'],
    ['wednesday 9pm', '2026-12-02T21:00:00'],
    ['wednesday 8pm', '2026-12-09T20:00:00'],
    ['this wednesday', '2026-12-02T20:26:30'],
    ['this friday', '2026-12-04T00:00:00'],
    ['next monday 8am', '2026-12-07T08:00:00'],
    ['next friday', '2026-12-11T00:00:00'],
    ['friday next week', '2026-12-11T00:00:00'],
    ['next month', '2027-01-01T00:00:00'],
    ['this weekend', '2026-12-05T00:00:00'],
    ['next weekend', '2026-12-12T00:00:00'],
    ['in a month', '2027-01-02T20:26:30'],
    ['noon tomorrow', '2026-12-03T12:00:00'],
    ['tomorrow 1530', '2026-12-03T15:30:00'],
    ['tomorrow evening', '2026-12-03T18:00:00'],
    ['friday eod', '2026-12-04T17:00:00'],
    // times
    ['1530', '2026-12-03T15:30:00'],
    ['2130', '2026-12-02T21:30:00'],
    ['at 8', '2026-12-03T08:00:00'],
    ['8am UTC', '2026-12-03T08:00:00'],
    ['9pm +01:00', '2026-12-03T20:00:00'],
    ['lunch', '2026-12-03T12:00:00'],
    ['evening', '2026-12-03T18:00:00'],
    ['tonight', '2026-12-02T21:00:00'],
    ['tonight at 10pm', '2026-12-02T22:00:00'],
    ['22:30 tonight', '2026-12-02T22:30:00'],
    ['midnight', '2026-12-03T00:00:00'],
    // from now
    ['one hour', '2026-12-02T21:26:30'],
    ['in half an hour', '2026-12-02T20:56:30'],
    ['in 1.5 hours', '2026-12-02T21:56:30'],
    ['5m', '2026-12-02T20:31:30'],
    ['+5m', '2026-12-02T20:31:30'],
    ['2h', '2026-12-02T22:26:30'],
    ['in 2 hours and 5 minutes', '2026-12-02T22:31:30'],
    // the past, if that is said
    ['2020-01-01 08:00', '2020-01-01T08:00:00'],
    ['yesterday 8am', '2026-12-01T08:00:00'],
    ['last friday', '2026-11-27T00:00:00'],
    ['-5m', '2026-12-02T20:21:30'],
  ])('%j is %s', async (text, expected) => expect(await read(text, '2026-12-02T20:26:30Z')).toBe(expected));

  test('a fraction of a second is kept', async () => {
    expect(await beginTime('2026-12-24T08:00:00.25Z', now)).toBe(Date.UTC(2026, 11, 24, 8) / 1000 + 0.25);
    expect(await beginTime('one hour', now + 0.25)).toBe(now + 3600.25);
    expect(await beginTime('13:45:30', now + 0.25)).toBe(now + 0.25);
  });

  test.each([
    '2026-02-30',
    '2026-13-01',
    '2026-13-01 8am',
    '2026/00/10',
    '24.13.2026',
    '2026-13-01T08:00',
    '2026-12-24T24:30',
    '2026-12-24T08:00:00X',
    '13/13',
    '9/31',
    '31 april',
    'feb 29 2027',
    '2/29/2027',
    'feb 30',
    '0/0',
    '25:00',
    '8:61',
    '13pm',
    '2500',
    'friday 2026-12-24',
    'foo tomorrow',
    'tomorrow or friday',
    '8am to 9am',
    '8am PST',
    'for 2 hours',
    'within an hour',
    'this week',
    'monday 8',
    'friday 13',
    'tomorrow 9',
    'tonight at 11',
    'next weekday',
    'next quarter',
    '1624000000',
    'tomorrow?!',
  ])('%j is refused', async (text) => {
    await expect(beginTime(text, now)).rejects.toThrow(`Invalid datetime: "${text}"`);
  });

  test.each(['this morning', 'noon today', 'today 8am', 'eod', 'this afternoon', 'this monday', 'tonight', 'this month'])(
    'in the evening %j is past, and refused',
    async (text) => {
      await expect(read(text, '2026-12-02T21:26:30Z')).rejects.toThrow(`Invalid datetime: "${text}" is past`);
    },
  );

  test.each([
    ['sunday', 'next monday', '2026-12-07T00:00:00'],
    ['sunday', 'this sunday', '2026-12-06T12:00:00'],
    ['sunday', 'next sunday', '2026-12-13T00:00:00'],
    ['sunday', 'monday', '2026-12-07T12:00:00'],
  ])('on a %s, %s is %s', async (_, text, expected) => expect(await read(text, '2026-12-06T12:00:00Z')).toBe(expected));

  describe('is in local time', () => {
    test.each([
      ['IST-5:30', '8am', '2026-12-03T08:00:00'],
      ['CET-1CEST,M3.5.0,M10.5.0/3', 'july 1 8am', '2027-07-01T08:00:00'],
      [':Europe/Berlin', '2027-07-01T08:00', '2027-07-01T08:00:00'],
      ['<+03>-3', '2026-12-24T08:00Z', '2026-12-24T11:00:00'],
      ['America/New_York', '9pm UTC', '2026-12-02T16:00:00'],
      // late enough that it is tomorrow there
      ['IST-5:30', 'today', '2026-12-03T01:56:30'],
      ['IST-5:30', 'tomorrow', '2026-12-04T00:00:00'],
    ])('in %s %j is %s', async (zone, text, expected) => expect(await read(text, '2026-12-02T20:26:30Z', zone)).toBe(expected));

    test('hours count as they pass where clocks change, days as they are called', async () => {
      const evening = '2026-03-28T22:00:00Z';
      expect(await read('in 5 hours', evening, 'Europe/Berlin')).toBe('2026-03-29T05:00:00');
      expect(await read('in 1 day', evening, 'Europe/Berlin')).toBe('2026-03-29T23:00:00');
      expect(await read('2:30am', evening, 'Europe/Berlin')).toBe('2026-03-29T03:30:00');
      // the second time that clocks show it
      process.env['TZ'] = 'Europe/Berlin';
      expect(await beginTime('2:30am', Date.parse('2026-10-25T00:45:00Z') / 1000)).toBe(Date.parse('2026-10-25T01:30:00Z') / 1000);
      expect(await beginTime('2:30am', Date.parse('2026-10-25T00:15:00Z') / 1000)).toBe(Date.parse('2026-10-25T00:30:00Z') / 1000);
    });
  });

  test('whatever the time and the words: a time to come that is what they say, or an error', async () => {
    const random = seededRandom();
    const pick = <T>(items: readonly T[]): T => items[random(items.length)]!;
    const two = (n: number) => String(n).padStart(2, '0');
    const months = ['january', 'feb', 'mar', 'april', 'may', 'june', 'jul', 'august', 'sept', 'oct', 'november', 'dec'];
    const days = ['sunday', 'mon', 'tuesday', 'wed', 'thursday', 'fri', 'saturday'];
    let understood = 0;
    for (let i = 0; i < 1500; i++) {
      const zone = pick([
        'UTC',
        'Europe/Berlin',
        'IST-5:30',
        'America/New_York',
        'CET-1CEST,M3.5.0,M10.5.0/3',
        'Australia/Lord_Howe',
        '<+14>-14',
      ]);
      process.env['TZ'] = zone;
      const at = Date.UTC(2020 + random(20), random(12), 1 + random(31), random(24), random(60), random(60)) / 1000 + random(1000) / 1000;
      const [month, day, weekday, hour, minute] = [random(12), 1 + random(31), random(7), random(24), random(60)];
      const clock = `${two(hour)}:${two(minute)}`;
      const [date, dayWord] = [
        pick([`${months[month]} ${day}`, `${day} ${months[month]}`, ...(day > 12 ? [`${day}/${month + 1}`] : []), `${month + 1}/${day}`]),
        pick([`${days[weekday]}`, `this ${days[weekday]}`, `next ${days[weekday]}`]),
      ];
      const [text, check] = pick<[string, Partial<ReturnType<typeof localTime>>]>([
        [date, { month, day }],
        [`${date} ${clock}`, { month, day, minute }],
        [dayWord, { weekday }],
        [`${dayWord} ${clock}`, { weekday, minute }],
        [clock, { minute }],
        [clock.replace(':', ''), { minute }],
        [
          pick(['today', 'tomorrow', 'day after tomorrow', 'tonight', 'this evening', 'lunch', 'noon', 'eod', 'eom', 'eoy', 'next month']),
          {},
        ],
        [`in ${1 + random(100)} ${pick(['minutes', 'hours', 'days', 'weeks', 'months'])}`, {}],
        [`${pick(['tomorrow', 'today'])} ${pick(['noon', 'evening', clock])}`, {}],
      ]);
      const found = await beginTime(text, at).catch((e: Error) => e.message);
      const said = `${JSON.stringify(text)} at ${at} in ${zone}`;
      if (typeof found === 'string') expect([said, found]).toEqual([said, expect.stringMatching(/^Invalid datetime: ".*"( is past)?$/)]);
      else {
        understood++;
        expect([said, found >= at]).toEqual([said, true]);
        // Lord Howe sets its clocks by half an hour: a time that is left out is as much later
        if (zone !== 'Australia/Lord_Howe') expect([said, localTime(found)]).toEqual([said, expect.objectContaining(check)]);
      }
    }
    expect(understood).toBeGreaterThan(1000);
  });
});
