import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(__dirname, '../../..');
const code = ['core', 'plugins', 'jobtap', 'shell-plugins', 'cli', 'examples', 'bench'];

/** What is written once, in `home`, and nowhere else below `in`. `caught` are lines that the rule finds: it would find nothing if it were wrong. */
const rules: readonly { what: string; pattern: RegExp; home?: string; in: readonly string[]; caught: readonly string[] }[] = [
  {
    what: 'a number of a signal has its name from core/sys/signals',
    pattern: /\bconst \[?SIG(?!_)[A-Z0-9]+\b[^=\n]*= *\d/,
    home: 'core/sys/signals.ts',
    in: [...code, 'test'],
    caught: ['const SIGTERM = 15;', 'const SIGKILL: number = 9;'],
  },
  {
    what: 'a signal that is sent is named',
    pattern: /\b(?:kill|killGroup|killIfThere|killall|deliverSignal|signal)\((?:[\w.#!-]+, )?[1-9]\d?\)/,
    in: code,
    caught: ['kill(pid, 9);', 'this.killall(15)', 'shell.signal(9);'],
  },
  {
    what: 'the level of a log line is named: LogLevel of core/handle/log-entry, ShellLogLevel in a shell',
    pattern: /(?<!Math\.)\b(?:log|say|onLine)\(\s*[0-7],/,
    in: [...code, 'test'],
    caught: ["flux.log(3, 'text')", "this.#log(6, 'text')", "log.log(\n  7,\n 'text')"],
  },
  {
    what: 'a level of the log is no constant of its own',
    pattern: /\bconst (?:LOG_)?(?:EMERG|ALERT|CRIT|ERR|WARNING|NOTICE|INFO|DEBUG) = [0-7];/,
    in: [...code, 'test'],
    caught: ['const LOG_ERR = 3;', 'const DEBUG = 7;'],
  },
  {
    what: 'an error becomes text by a function of core/sys/errors',
    pattern:
      /\b(\w+) instanceof Error \? (?:\1\.(?:message|stack)\b|\(\1\.stack \?\? \1\.message)|\b\w+ as (?:Flux)?Error\)\.message|\btoFluxError\([^()]*\)\.message/,
    home: 'core/sys/errors.ts',
    in: code,
    caught: [
      'e instanceof Error ? e.message : String(e)',
      'e instanceof Error ? (e.stack ?? e.message) : String(e)',
      '(e as Error).message',
      'toFluxError(e).message',
    ],
  },
];

function sources(dir: string): string[] {
  const entries = fs.readdirSync(path.join(root, dir), { withFileTypes: true, recursive: true });
  return entries
    .filter((e) => e.isFile() && /\.(?:ts|mjs)$/.test(e.name))
    .map((e) => path.relative(root, path.join(e.parentPath, e.name)))
    .filter((file) => file !== 'test/unit/names.test.ts' && !file.startsWith('test/golden/'));
}

/** `FILE:LINE` of each place in the files where it stands. */
function places(pattern: RegExp, files: readonly string[]): string[] {
  return files.flatMap((file) => {
    const text = fs.readFileSync(path.join(root, file), 'utf8').replace(/^ *(?:\*|\/[*/]).*/gm, ''); // comments name manual pages: kill(2)
    const found = [...text.matchAll(new RegExp(pattern, 'g'))];
    return found.map(({ index }) => `${file}:${text.slice(0, index).split('\n').length}`);
  });
}

describe.each(rules)('$what', ({ pattern, home, in: folders, caught }) => {
  test.each(caught)('%s is found', (line) => {
    expect(line).toMatch(pattern);
  });

  test('nowhere else', () => {
    const files = folders.flatMap(sources).filter((file) => file !== home);
    expect(files.length).toBeGreaterThan(code.length);
    expect(places(pattern, files)).toEqual([]);
  });
});
