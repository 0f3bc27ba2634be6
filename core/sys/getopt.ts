/** An option as getopt_long(3) needs to know it. */
export interface GetoptSpec {
  /** Long name without dashes. */
  readonly name: string;
  /** Short option letter. */
  readonly key?: string;
  /** Name of the argument in the usage text; absent for a flag. */
  readonly arg?: string;
  /** The argument is optional: taken only as `--name=ARG`, never by the short form. */
  readonly optional?: boolean;
}

/** One option that was found on a command line, with its argument. */
export interface Use<Spec extends GetoptSpec = GetoptSpec> {
  spec: Spec;
  value: string | undefined;
}

/** Why an argument was refused. `typed` is the word as typed (`--name=value`), or the letter of a short option. */
export type ScanProblem =
  | { kind: 'unknown'; typed: string; long: boolean }
  | { kind: 'ambiguous'; typed: string; candidates: readonly GetoptSpec[] }
  | { kind: 'missing'; typed: string; long: boolean; spec: GetoptSpec }
  | { kind: 'extra'; typed: string; spec: GetoptSpec };

/** A command line that getopt_long(3) would refuse. Its text is for developers; people get that of {@link unrecognizedOption}. */
export class ScanError extends Error {
  readonly problem: ScanProblem;

  constructor(problem: ScanProblem) {
    super(`${problem.kind} option '${problem.typed}'`);
    this.name = 'ScanError';
    this.problem = problem;
  }
}

/**
 * The two lines that C commands print for any problem with an option, named by its short form where it has one, else as typed
 * (docs/protocol/cli.md §1.1).
 */
export function unrecognizedOption(program: string, problem: ScanProblem): string {
  return `${program}: unrecognized option '${shown(problem)}'\nTry \`${program} --help' for more information.\n`;
}

function shown(problem: ScanProblem): string {
  if ('spec' in problem && problem.spec.key) return `-${problem.spec.key}`;
  return problem.kind === 'unknown' && !problem.long ? `-${problem.typed}` : problem.typed;
}

/**
 * getopt_long(3): yields the options one by one and returns the free arguments. Stops at the first free argument unless `permute` is set
 * (GNU's default order). `--` ends the options and is dropped. Long names may be abbreviated to an unambiguous prefix. It is a generator so
 * that `--help` takes effect before errors that stand to its right.
 */
export function* scan<Spec extends GetoptSpec>(
  specs: readonly Spec[],
  argv: readonly string[],
  permute = false,
): Generator<Use<Spec>, string[]> {
  const free: string[] = [];
  let i = 0;
  for (; i < argv.length; i++) {
    const word = argv[i]!;
    if (word === '--') return [...free, ...argv.slice(i + 1)];
    if (word.startsWith('--')) {
      const use = longOption(specs, word);
      if (use.spec.arg !== undefined && use.value === undefined && !use.spec.optional) {
        if (++i >= argv.length) throw new ScanError({ kind: 'missing', typed: word, long: true, spec: use.spec });
        use.value = argv[i];
      }
      yield use;
    } else if (word.startsWith('-') && word !== '-') {
      i += yield* cluster(specs, word, argv[i + 1]);
    } else if (permute) free.push(word);
    else break;
  }
  return [...free, ...argv.slice(i)];
}

function longOption<Spec extends GetoptSpec>(specs: readonly Spec[], typed: string): Use<Spec> {
  const equals = typed.indexOf('=');
  const name = equals < 0 ? typed.slice(2) : typed.slice(2, equals);
  const spec = specs.find((s) => s.name === name) ?? abbreviation(specs, name, typed);
  if (equals >= 0 && spec.arg === undefined) throw new ScanError({ kind: 'extra', typed, spec });
  return { spec, value: equals < 0 ? undefined : typed.slice(equals + 1) };
}

function abbreviation<Spec extends GetoptSpec>(specs: readonly Spec[], name: string, typed: string): Spec {
  const candidates = specs.filter((s) => s.name.startsWith(name));
  if (candidates.length > 1) throw new ScanError({ kind: 'ambiguous', typed, candidates });
  if (candidates.length === 0) throw new ScanError({ kind: 'unknown', typed, long: true });
  return candidates[0]!;
}

/** A word of short options; returns how many words after it were used up (0 or 1). */
function* cluster<Spec extends GetoptSpec>(specs: readonly Spec[], word: string, next: string | undefined): Generator<Use<Spec>, number> {
  const letters = [...word.slice(1)];
  for (const [at, letter] of letters.entries()) {
    const spec = specs.find((s) => s.key === letter);
    if (!spec) throw new ScanError({ kind: 'unknown', typed: letter, long: false });
    if (spec.arg === undefined || spec.optional) {
      yield { spec, value: undefined };
      continue;
    }
    const attached = letters.slice(at + 1).join('');
    if (!attached && next === undefined) throw new ScanError({ kind: 'missing', typed: letter, long: false, spec });
    yield { spec, value: attached || next };
    return attached ? 0 : 1;
  }
  return 0;
}
