import {
  encodeJobId,
  FluidGenerator,
  JOBID_ANY,
  jobIdEncodings,
  jobIdFromJson,
  jobIdTimestamp,
  parseJobId,
} from '../../../core/formats/fluid';
import { golden, outcome } from './golden';

interface Encodings {
  id: string;
  dec: string;
  hex: string;
  kvs: string;
  dothex: string;
  words: string;
  f58: string;
  timestamp_ms: string;
  generator: number;
  sequence: number;
}
const { jobids } = golden<{ jobids: { encodings: Encodings[]; parse: { in: string; id: string | null }[] } }>('jobs.json');
const { jobid } = golden<{ jobid: Encodings[] }>('cli.json');
const eitherWay = new Set(['fjpXCZedGfVR', '10000.0.0.0']); // overflow: accepted by the reference, free

describe('job ids', () => {
  test.each([...jobids.encodings, ...jobid])('encodes and parses $dec', (expected) => {
    const id = BigInt(expected.dec);
    for (const name of jobIdEncodings) {
      expect(encodeJobId(id, name)).toBe(expected[name]);
      expect(parseJobId(expected[name])).toBe(id);
    }
    expect(encodeJobId(id, 'F58', { ascii: true })).toBe(expected.f58.replace('ƒ', 'f'));
    if (expected.timestamp_ms !== undefined) expect(jobIdTimestamp(id)).toBe(Number(expected.timestamp_ms));
  });

  test.each(jobids.parse.filter((c) => !eitherWay.has(c.in)))('parses $in as recorded', ({ in: text, id }) => {
    const got = outcome(() => parseJobId(text));
    if (id === null) expect(got).toEqual({ errno: expect.stringMatching(/^(EINVAL|ERANGE)$/) });
    else expect(got).toBe(BigInt(id));
  });

  test('refuses an unknown encoding with EPROTO', () => {
    expect(outcome(() => encodeJobId(1n, 'roman'))).toEqual({ errno: 'EPROTO' });
  });

  test('reads -1 from a message as "any job"', () => {
    expect(jobIdFromJson(-1)).toBe(JOBID_ANY);
    expect(jobIdFromJson(12345n)).toBe(12345n);
    expect(outcome(() => jobIdFromJson(1.5))).toEqual({ errno: 'EPROTO' });
    expect(outcome(() => jobIdFromJson('1'))).toEqual({ errno: 'EPROTO' });
  });
});

describe('the generator of job ids', () => {
  test('counts from its start with the clock, the sequence restarting with each millisecond', () => {
    let now = 5000;
    const generator = new FluidGenerator({ generator: 3, timestamp: 1, clock: () => now });
    const parts = (id: bigint) => [Number(id >> 24n), Number((id >> 10n) & 0x3fffn), Number(id & 0x3ffn)];
    expect(parts(generator.next())).toEqual([1, 3, 0]);
    expect(parts(generator.next())).toEqual([1, 3, 1]);
    now += 7.5;
    expect(generator.timestamp).toBe(8);
    expect(parts(generator.next())).toEqual([8, 3, 0]);
  });

  test('gives at most 1023 ids a millisecond, and ids ascend', () => {
    const generator = FluidGenerator.after(10n << 24n, { generator: 0, clock: () => 0 });
    let last = 0n;
    for (let i = 0; i < 5000; i++) {
      const id = generator.next();
      expect(id).toBeGreaterThan(last);
      expect(id & 0x3ffn).toBeLessThan(1023n);
      last = id;
    }
    expect(jobIdTimestamp(last)).toBe(15);
  });

  test('cannot be made for a rank of 16384 and more', () => {
    expect(outcome(() => new FluidGenerator({ generator: 16384 }))).toEqual({ errno: 'EINVAL' });
  });
});
