import fs from 'node:fs';
import {
  appendCommand,
  decodeCommand,
  diffCommand,
  encodeCommand,
  intersectCommand,
  readRlists,
  remapCommand,
  rerankCommand,
  verifyCommand,
} from '../../../core/resource/r-command';
import type { Rlist } from '../../../core/resource/rlist';
import { golden } from '../formats/golden';

interface Case {
  args: string[];
  stdin: string;
  rc: number;
  stdout?: string;
  stdout_json?: unknown;
  stderr: string;
  wart?: boolean;
}
interface Ran {
  rc: number;
  stdout: string;
  stderr: string;
}
const { flux_R } = golden<{ flux_R: { cases: Case[] } }>('sets.json');

// The options that the recorded cases use, each with its letter.
const names: Record<string, string> = {
  r: 'ranks',
  c: 'cores',
  g: 'gpus',
  H: 'hosts',
  s: 'short',
  n: 'nodelist',
  i: 'include',
  x: 'exclude',
};

function parse(args: string[], decoding: boolean): { options: Record<string, string>; free: string[] } {
  const options: Record<string, string> = {};
  const free: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const match = /^-(\w)(.*)$/.exec(args[i]!);
    if (!match) free.push(args[i]!);
    else {
      const [, letter, value] = match as unknown as [string, string, string];
      const name = decoding && letter === 'c' ? 'count' : names[letter]!;
      const isFlag = decoding && 'snr'.includes(letter);
      options[name] = isFlag ? 'yes' : value || args[++i]!;
    }
  }
  return { options, free };
}

function run({ args, stdin }: Case): Ran {
  const print = (list: Rlist): Ran => ({ rc: 0, stdout: `${list.encode()}\n`, stderr: '' });
  const [command, ...rest] = args;
  try {
    if (rest.includes('-l'))
      return print(encodeCommand({ cores: '0', found: readRlists('{"version":1,"execution":{"R_lite":[]}}')[0]! }, 'host'));
    const xml = rest.find((arg) => arg.startsWith('--xml='))?.slice(6);
    if (xml) fs.readFileSync(xml);
    const { options, free } = parse(rest, command === 'decode');
    if (command === 'encode') return print(encodeCommand(options, 'host'));
    const lists = readRlists(stdin);
    if (command === 'decode') return { rc: 0, stdout: decodeCommand(lists, options as object), stderr: '' };
    if (command === 'rerank') return print(rerankCommand(lists, free[0]!));
    if (command === 'verify') {
      const { rc, text } = verifyCommand(lists);
      return { rc: rc < 0 ? 1 : 0, stdout: '', stderr: text ? `flux-R: ${text}\n` : '' };
    }
    return print({ append: appendCommand, diff: diffCommand, intersect: intersectCommand, remap: remapCommand }[command!]!(lists));
  } catch (e) {
    if ((e as NodeJS.ErrnoException).syscall) return { rc: 1, stdout: '', stderr: `flux-R: ${xmlOf(args)}: No such file or directory\n` };
    return { rc: 1, stdout: '', stderr: `flux-R: ${(e as Error).message}\n` };
  }
}

function xmlOf(args: string[]): string {
  return args.find((arg) => arg.startsWith('--xml='))!.slice(6);
}

describe('flux R', () => {
  const cases = flux_R.cases.filter((c) => !c.wart).map((c, i) => [`${i} ${c.args.join(' ')}`, c] as const);
  test.each(cases)('answers as recorded: %s', (_, c) => {
    const got = run(c);
    expect({ rc: got.rc, stderr: got.stderr }).toEqual({ rc: c.rc, stderr: c.stderr });
    if (c.stdout_json !== undefined) expect(JSON.parse(got.stdout)).toEqual(c.stdout_json);
    else expect(got.stdout).toBe(c.stdout);
  });

  test('reads R objects back to back and tells of rubbish after them', () => {
    const r = '{"version":1,"execution":{"R_lite":[{"rank":"0","children":{"core":"0"}}]}}';
    expect(readRlists(`${r}${r}\n ${r}`)).toHaveLength(3);
    expect(() => readRlists(`${r} foo`)).toThrow("Failed to read an R object: '[' or '{' expected near 'foo'");
    expect(() => readRlists(`${r} {"ver`)).toThrow('Failed to read an R object: ');
  });

  test('refuses an R of more ranks than there can be', () => {
    expect(() => readRlists('{"version":1,"execution":{"R_lite":[{"rank":"0-4000000000","children":{"core":"0"}}]}}')).toThrow(
      'Failed to decode R on stdin',
    );
  });

  test('writes times as reals, so that clients that need one find it', () => {
    const list = readRlists(
      '{"version":1,"execution":{"R_lite":[{"rank":"0","children":{"core":"0"}}],"nodelist":["a"],"expiration":5}}',
    )[0]!;
    expect(list.encode()).toBe(
      '{"version":1,"execution":{"R_lite":[{"rank":"0","children":{"core":"0"}}],"starttime":0.0,"expiration":5.0,"nodelist":["a"]}}',
    );
  });
});
