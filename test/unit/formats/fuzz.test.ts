import { decodeBase64, encodeBase64 } from '../../../core/formats/base64';
import { blobrefOf, blobrefOfDigest, parseBlobref } from '../../../core/formats/blobref';
import { parseCertificate } from '../../../core/formats/certificate';
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
import { parseZpl } from '../../../core/formats/zpl';
import { parseRequest } from '../../../core/resource/request';
import { Rlist } from '../../../core/resource/rlist';
import { decoded, feed, feedBytes, generate, pick, random, same } from '../../support/fuzz';
import { golden } from './golden';

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
    const seeds = eventlogs.map((text) => Buffer.from(text));
    feedBytes(10000, seeds, (bytes) => void decoded(() => decodeJsonBytes(bytes), 'EPROTO'));
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

  test('blobrefs: 5000', () => {
    const seeds = [blobrefOf('a'), blobrefOf('b', 'sha256')];
    feed(5000, seeds, '0123456789abcdefx-sha12', (input) => {
      const ref = decoded(() => parseBlobref(input), 'EINVAL');
      if (ref) same(blobrefOfDigest(ref.hash, ref.digest), input);
    });
  });

  test('base64: 5000', () => {
    feed(5000, ['aGVsbG8=', 'aGVsbG8gdw==', 'AAAA', 'YQ'], 'abcXYZ019+/=- ', (input) => {
      const bytes = decoded(() => decodeBase64(input), 'EINVAL');
      if (bytes) same(decodeBase64(encodeBase64(bytes)).equals(bytes), true);
    });
  });

  test('certificates and ZPL: 5000', () => {
    const key = 'B79QFrA&oBu=InZ7%zo(O>Y=VsLUXTeoCRi>sTb<';
    const seed = `# made\nmetadata\n    name = "host1"\ncurve\n    public-key = "${key}"\n    secret-key = '${key}'\n`;
    feed(5000, [seed], 'ab =#"\'\n    -.', (input) => {
      decoded(() => parseZpl(input), 'EINVAL');
      decoded(() => parseCertificate(input), 'EINVAL');
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
