import os from 'node:os';
import { type Ran, root } from '../support/shell';
import { lines } from './compare';
import type { Conversation } from './recording';
import { shapeDifferences } from './shape';

/** How the output of a recorded command is compared. */
type Form = 'text' | 'unordered' | 'contains' | 'json-shape';

interface Rule {
  /** The commands it is for. */
  cmd: RegExp;
  form?: Form;
  /** What differs from run to run, besides the masks for all. */
  masks?: [RegExp, string][];
}

/** Rules that add up; all other commands print the same text, but for the masks for all. */
const rules: Rule[] = [
  // Who is first: ranks, tasks, jobs, a task's streams, a shell's log and its stderr, the keys of a hash table.
  {
    cmd: /-n2 --label-io|exec -n -r (all|0-1)|bulksubmit --watch|guest\.output|no\/such\/cmd|attach -E|namespace list|cron dump/,
    form: 'unordered',
  },
  // There are more attributes.
  { cmd: /^flux lsattr/, form: 'contains' },
  // Counts of what happened before.
  { cmd: /^flux job (list|stats)|module stats/, form: 'json-shape' },
  { cmd: /^flux job info .* jobspec/, form: 'json-shape' },
  { cmd: /^flux kvs (getroot|put -O)/, masks: [[/sha1-[0-9a-f]{40}/g, 'SHA1']] },
  { cmd: /^flux kvs (version|put -s)/, masks: [[/\d+/g, 'N']] },
  { cmd: /^flux event pub -s/, masks: [[/\d+/g, 'N']] },
  { cmd: /^flux jobs -A -c 2/, masks: [[/\d+ 0x(.*) \d+ (.*)$/gm, 'IDS N $2']] },
  { cmd: /flux cron/, masks: [[/\bat \w{3} \w{3} [ \d]\d [\d:]{8} \d{4}/g, 'at DATE']] },
  // Cut at the screen's width, behind a time of more or fewer digits.
  { cmd: /^flux kvs dir/, masks: [[/^(resource\.eventlog = \{"timestamp":)[\d.]+(,"name":"resource-init").*/gm, '$1TIME$2...']] },
  { cmd: /^flux overlay status/, masks: [[/\bfor [\d.]+(?:ms|[smhd])\b/g, 'for TIME']] },
  { cmd: /^flux version/, masks: [[/(build-options:\s*)\+.*/, '$1OPTIONS']] },
  // The content cache is part of the broker there, a module here.
  { cmd: /^flux dmesg/, masks: [[/\b(broker|content)\.debug/g, 'content.debug']] },
  // Directories that were superseded are not stored here: there are fewer blobs.
  { cmd: /^flux dmesg/, masks: [[/content dropcache \d+\/\d+/g, 'content dropcache N/N']] },
];

/** Job ids, times, ids of connections, processes. */
const masks: [RegExp, string][] = [
  [/^ *ƒ[1-9A-HJ-NP-Za-km-z]+/gm, 'ƒID'],
  [/ƒ[1-9A-HJ-NP-Za-km-z]+/g, 'ƒID'],
  [/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+Z)?/g, 'DATE'],
  [/\b\d{9,11}\.\d+/g, 'TIME'],
  [/ *\b\d+(\.\d+)?(?= ?m?s\b)/g, ' N'],
  [/\((?:[0-9a-f]{8}!?)+\)/g, '(ROUTE)'],
  [/\b(job-|shell-)?\d{9,}\b/g, '$1ID'],
  [/\bpid=\d+/g, 'pid=N'],
  [/@\w+@[^\s"]*/g, 'PLACE'],
];

/**
 * Commands whose outcome hangs on how far a job has got when the next part of the line runs: the recorder's machine was slow enough, so
 * what it waited for by chance is waited for here.
 */
const awaiting: [RegExp, string][] = [
  [/-t 0\.5s sleep/, '-t 2s sleep'],
  [/^(flux mini submit --dependency=afterok:\$\(flux mini submit) true\)/, '$1 --wait true)'],
  [
    /^flux job kill -s USR1 \$\((.*)\)/,
    'id=$($1); flux job wait-event -p guest.exec.eventlog $id shell.start >/dev/null; flux job kill -s USR1 $id; flux job wait-event $id clean >/dev/null',
  ],
];

/** The line to be run for a recorded command. */
export function lineOf({ cmd }: Conversation): string {
  return awaiting.reduce((line, [pattern, by]) => line.replace(pattern, by), cmd);
}

/** In what a command's exit code and standard output differ from the recorded ones: a value for each, to be compared. */
export function outputs(recorded: Conversation, got: Ran, rundir: string): { expected: unknown; actual: unknown } {
  const applying = rules.filter(({ cmd }) => cmd.test(recorded.cmd));
  const form = applying.findLast((rule) => rule.form)?.form ?? 'text';
  const all = [...applying.flatMap((rule) => rule.masks ?? []), ...masks];
  const mask = (text: string) => all.reduce((masking, [pattern, by]) => masking.replace(pattern, by), text);
  const stdout = typeof recorded.stdout === 'string' ? recorded.stdout : recorded.stdout.jsonString;
  if (form === 'json-shape') {
    const [wanted, printed] = [typeof stdout === 'string' ? jsonOf(stdout) : stdout, jsonOf(got.stdout)];
    return { expected: { exit: recorded.exit, shape: [] }, actual: { exit: got.status, shape: shapeDifferences('', wanted, printed) } };
  }
  const value = (text: string) => (form === 'text' ? mask(text) : lines(mask(text)).sort());
  if (form === 'contains') {
    const [wanted, printed] = [value(stdout as string), value(got.stdout)];
    return {
      expected: { exit: recorded.exit, lacks: [] },
      actual: { exit: got.status, lacks: [...wanted].filter((line) => !printed.includes(line)) },
    };
  }
  return {
    expected: { exit: recorded.exit, stdout: value(stdout as string), stderr: value(recorded.stderr) },
    actual: { exit: got.status, stdout: value(asRecorded(got.stdout, rundir)), stderr: value(asRecorded(got.stderr, rundir)) },
  };
}

/** One value, or, of several lines, the first. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse(text.split('\n')[0] || 'null');
  }
}

/** The names of this machine, as those of the recorder's. */
function asRecorded(text: string, rundir: string): string {
  const { username } = os.userInfo();
  return text
    .replaceAll(rundir, '@RUNDIR@')
    .replaceAll(root, '@INSTALL@')
    .replaceAll(os.hostname(), 'vm')
    .replaceAll(`${username.padEnd(8).slice(0, 8)} `, 'root     ')
    .replace(new RegExp(`\\b(userid["=: ]+)${process.getuid!()}\\b`, 'g'), '$10');
}
