import { decodeEntry, decodeEventlog, encodeEntry } from '../../../core/formats/eventlog';
import { encodeJobId, jobIdEncodings, parseJobId } from '../../../core/formats/fluid';
import { compileFnmatch } from '../../../core/formats/fnmatch';
import { formatFsd, parseFsd, parseFsdOption } from '../../../core/formats/fsd';
import { Hostlist } from '../../../core/formats/hostlist';
import { IdSet } from '../../../core/formats/idset';
import { validateJobspec } from '../../../core/formats/jobspec-validate';
import { decodeJson, decodeJsonBytes, encodeJson, encodeSortedJson } from '../../../core/formats/json';
import { parseJson } from '../../../core/formats/json-parse';
import { signNone, unwrapNone } from '../../../core/formats/signing';
import { decodeTreeobj, encodeTreeobj } from '../../../core/formats/treeobj';
import { parseRequest } from '../../../core/resource/request';
import { Rlist } from '../../../core/resource/rlist';
import { golden, outcome } from './golden';

// Mutated and random inputs: a decoder yields a value that its encoder writes and reads again the same, or one of the contract's errors, never another
// exception. SEED reproduces a run.
const seed = Number(process.env['SEED'] ?? Date.now() % 1e9);
const scale = Number(process.env['FUZZ_SCALE'] ?? 1);
let state = seed >>> 0;

function random(n: number): number {
  state = (state + 0x6d2b79f5) >>> 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) % n;
}

function pick<T>(items: readonly T[]): T {
  return items[random(items.length)]!;
}

function mutate(text: string, alphabet: string): string {
  let result = text;
  for (let n = random(4); n >= 0; n--) {
    const at = random(result.length + 1);
    const other = Math.min(result.length, at + random(6));
    const action = random(5);
    if (action === 0) result = result.slice(0, at) + result.slice(other);
    else if (action === 1) result = result.slice(0, at) + result.slice(at, other).repeat(2) + result.slice(other);
    else if (action === 2) result = result.slice(0, at) + pick([...alphabet]) + result.slice(at);
    else if (action === 3) result = result.slice(0, at) + pick([...alphabet]) + result.slice(at + 1);
    else result = result.slice(0, at) + String.fromCharCode(random(random(2) ? 128 : 65536)) + result.slice(at);
  }
  return result;
}

function generate(alphabet: string): string {
  return Array.from({ length: random(24) }, () => pick([...alphabet])).join('');
}

/** Feeds `count` inputs, half of them mutations of `seeds`, to `check`. */
function feed(count: number, seeds: readonly string[], alphabet: string, check: (input: string) => void): void {
  for (let i = 0; i < count * scale; i++) {
    const input = random(4) ? mutate(pick(seeds), alphabet) : generate(alphabet);
    try {
      check(input);
    } catch (e) {
      throw new Error(`input ${JSON.stringify(input)} (SEED=${seed}): ${e instanceof Error ? e.stack : e}`);
    }
  }
}

/** The decoded value, or undefined after one of the errors allowed. */
function decoded<T>(decode: () => T, ...errors: string[]): T | undefined {
  const result = outcome(decode);
  if (typeof result !== 'object' || result === null || !('errno' in result)) return result as T;
  if (!errors.includes(String(result.errno))) throw new Error(`unexpected error ${String(result.errno)}`);
  return undefined;
}

function same(a: unknown, b: unknown): void {
  if (a !== b) throw new Error(`${String(a)} is not ${String(b)}`);
}

const sets = golden<{
  idset: { decode: { in: string }[] };
  hostlist: { decode: { in: string }[] };
  fsd: { parse: { in: string }[] };
  flux_R: { cases: { stdin: string }[] };
  jobspec_request: { cases: { jobspec: unknown }[] };
}>('sets.json');
const jobs = golden<{
  jobids: { parse: { in: string }[]; encodings: { words: string; f58: string; dothex: string }[] };
  scenarios: Record<string, { eventlog?: string[]; jobspec?: unknown }>;
  J: { valid: { J: string }[] };
  validator: { jobspec: unknown }[];
}>('jobs.json');
const trees = golden<{ types: { stored: string | { sha1: string } }[] }>('treeobj.json').types.map(({ stored }) =>
  typeof stored === 'string' ? stored : stored.sha1,
);
const eventlogs = Object.values(jobs.scenarios).flatMap(({ eventlog }) => eventlog ?? []);
const jsonAlphabet = '{}[]",:0123456789.eE+-\\untrfalse \n\t/b\u00e9\ud83d';

beforeAll(() => console.info(`SEED=${seed}`));

describe('decoders fed mutated and random inputs', () => {
  test('idset: 20000', () => {
    feed(
      20000,
      sets.idset.decode.map((c) => c.in),
      '0123456789,-[] a',
      (input) => {
        const set = decoded(() => IdSet.parse(input), 'EINVAL');
        if (!set) return;
        const text = set.encode();
        same(IdSet.parse(text).encode(), text);
        same(IdSet.parse(text).count, set.count);
      },
    );
  });

  test('hostlist: 20000', () => {
    const seeds = sets.hostlist.decode.map((c) => c.in).filter((text) => !/[0-9]{5}/.test(text));
    feed(20000, seeds, 'abn0123456789,-[] .', (input) => {
      if (/[0-9]{5}/.test(input)) return; // a million names is legal, and slow
      const list = decoded(() => Hostlist.parse(input), 'EINVAL', 'ERANGE');
      if (!list) return;
      const again = Hostlist.parse(list.encode());
      same([...again].join(' '), [...list].join(' '));
      same(Hostlist.parse(again.encode()).encode(), again.encode());
      for (const host of [...list].slice(0, 3)) same(list.nth(list.find(host)), host);
      same(list.clone().sort().count, list.count);
    });
  });

  test('FSD: 15000', () => {
    feed(
      15000,
      sets.fsd.parse.map((c) => c.in),
      '0123456789.eE+-smhdxp _',
      (input) => {
        const seconds = decoded(() => parseFsd(input), 'EINVAL');
        if (seconds !== undefined && !(seconds >= 0 && Math.abs(parseFsd(formatFsd(seconds, 17)) - seconds) <= seconds * 1e-14))
          throw new Error(`${seconds}`);
        decoded(() => parseFsdOption(input), 'EINVAL');
      },
    );
  });

  test('job ids: 20000', () => {
    const seeds = [...jobs.jobids.parse.map((c) => c.in), ...jobs.jobids.encodings.flatMap((c) => [c.words, c.f58, c.dothex])];
    feed(20000, seeds, '0123456789abcdefxfƒ.-job ', (input) => {
      const id = decoded(() => parseJobId(input), 'EINVAL', 'ERANGE');
      if (id !== undefined) for (const encoding of jobIdEncodings) same(parseJobId(encodeJobId(id, encoding)), id);
    });
  });

  test('JSON, by both parsers alike: 30000', () => {
    const seeds = [
      ...eventlogs,
      ...trees,
      '[1.0,-2,9223372036854775807,12345678901234567890,1e400,"\\u00e9\\ud83d\\ude00"]',
      '{"a":[true,false,null,{}]}',
    ];
    feed(30000, seeds, jsonAlphabet, (input) => {
      const value = decoded(() => decodeJson(input), 'EPROTO');
      const strict = decoded(() => parseJson(input), 'EPROTO');
      same(value === undefined, strict === undefined);
      if (value === undefined) return;
      const text = encodeJson(value);
      same(encodeJson(strict), text);
      const kept = encodeJson(decodeJson(input, { reals: true }));
      same(encodeJson(decodeJson(kept, { reals: true })), kept);
      same(encodeSortedJson(decodeJson(encodeSortedJson(value))), encodeSortedJson(value));
    });
  });

  test('JSON in bytes: 10000', () => {
    feed(10000, eventlogs, jsonAlphabet, (input) => {
      const bytes = Buffer.from(input);
      for (let n = random(3); n > 0 && bytes.length > 0; n--) bytes[random(bytes.length)] = random(256);
      decoded(() => decodeJsonBytes(bytes), 'EPROTO');
    });
  });

  test('eventlog: 15000', () => {
    feed(15000, eventlogs, jsonAlphabet, (input) => {
      const entry = decoded(() => decodeEntry(input), 'EINVAL');
      if (entry?.name && entry.timestamp >= 0) same(encodeEntry(decodeEntry(encodeEntry(entry))), encodeEntry(entry));
      decoded(() => decodeEventlog(`${input}\n${pick(eventlogs)}\n`), 'EINVAL');
    });
  });

  test('tree objects: 15000', () => {
    feed(15000, trees, jsonAlphabet, (input) => {
      const object = decoded(() => decodeTreeobj(input), 'EPROTO');
      if (object) same(encodeTreeobj(decodeTreeobj(encodeTreeobj(object))), encodeTreeobj(object));
    });
  });

  test('J: 5000', () => {
    feed(
      5000,
      jobs.J.valid.map((c) => c.J),
      'abcABC019+/=.none',
      (input) => {
        const job = decoded(() => unwrapNone(input), 'EINVAL');
        if (job) same(unwrapNone(signNone(job.userid, job.payload)).userid, job.userid);
      },
    );
  });

  test('R: 10000', () => {
    const seeds = sets.flux_R.cases.map((c) => c.stdin.split('\n')[0]!).filter((text) => text.startsWith('{'));
    feed(10000, seeds, `${jsonAlphabet}corg`, (input) => {
      const list = decoded(() => Rlist.fromR(input), 'EINVAL', 'EEXIST', 'EPROTO', 'ERANGE');
      if (list && list.count('core') < 100000) same(Rlist.fromR(list.encode()).encode(), list.encode());
    });
  });

  test('jobspecs: 10000', () => {
    const seeds = [...jobs.validator, ...sets.jobspec_request.cases].map((c) => JSON.stringify(c.jobspec));
    feed(10000, seeds, jsonAlphabet, (input) => {
      const jobspec = decoded(() => decodeJson(input, { reals: true }), 'EPROTO');
      if (jobspec === undefined) return;
      validateJobspec(jobspec);
      decoded(() => parseRequest(jobspec), 'EINVAL');
    });
  });

  test('fnmatch patterns: 5000', () => {
    feed(5000, ['job.*', '[a-c]?*', '[[:alpha:]]', '\\*[!x]', '***'], 'ab*?[]!-\\:./^', (input) => {
      const matches = compileFnmatch(input, random(8));
      for (let i = 0; i < 5; i++) matches(generate('ab./-'));
    });
  });
});
