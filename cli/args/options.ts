import { parseFsd } from '../../core/formats/fsd';
import type { GetoptSpec } from '../../core/sys/getopt';
import { parseDouble, strtol } from './cnumbers';
import { CommandExit } from './exit';

/** One row of a C command's option table. */
export interface OptionSpec extends GetoptSpec {
  /** Every use is split at commas, empty parts dropped (`-o` and `--wrap` of flux start). */
  split?: boolean;
  /** Accepted, but not shown by `--help`. */
  hidden?: boolean;
  /** One line for `--help`. */
  help: string;
}

/**
 * The parsed options of one command. Values are read with typed getters that fail in the contract's words (docs/protocol/cli.md §1.1), at the
 * moment they are read: the order of a command's checks is the order of its reads.
 */
export class Options {
  /** Free arguments: what is left after the options. */
  readonly args: string[];
  /** The program with its sub-commands, as usage errors show it: `flux-kvs get`, `flux overlay status`. */
  readonly full: string;
  readonly #specs: Map<string, OptionSpec>;
  readonly #uses: Map<string, (string | undefined)[]>;
  readonly #usage: string;

  constructor(full: string, specs: readonly OptionSpec[], uses: Map<string, (string | undefined)[]>, args: string[], usage: string) {
    this.full = full;
    this.args = args;
    this.#specs = new Map(specs.map((spec) => [spec.name, spec]));
    this.#uses = uses;
    this.#usage = usage;
  }

  /** How often the option was given: `-vv` is 2. */
  count(name: string): number {
    return this.#of(name).length;
  }

  has(name: string): boolean {
    return this.count(name) > 0;
  }

  /** The value of the last use; undefined if the option was not given (or given without its optional argument). */
  str(name: string): string | undefined {
    return this.#of(name).at(-1);
  }

  /** All values in order, split at commas where the table says so. */
  list(name: string): string[] {
    const values = this.#of(name).filter((value) => value !== undefined);
    return this.#specs.get(name)!.split ? values.flatMap((value) => value.split(',').filter(Boolean)) : values;
  }

  /** An integer; a use without its optional argument counts the uses (`-vv` and `--verbose=2` are both 2). */
  int(name: string, fallback: number): number;
  int(name: string): number | undefined;
  int(name: string, fallback?: number): number | undefined {
    if (this.has(name) && this.str(name) === undefined) return this.count(name);
    return this.#number(name, fallback, strtol, 'an integer');
  }

  /** A floating point number in C's notation. */
  float(name: string, fallback: number): number;
  float(name: string): number | undefined;
  float(name: string, fallback?: number): number | undefined {
    return this.#number(name, fallback, parseDouble, 'a floating point');
  }

  /** A duration in seconds. */
  duration(name: string, fallback: number): number;
  duration(name: string): number | undefined;
  duration(name: string, fallback?: number): number | undefined {
    const text = this.str(name);
    if (text === undefined) return fallback;
    try {
      return parseFsd(text);
    } catch {
      // No newline at the end: docs/protocol/cli.md §1.1.
      throw this.#exit(`${this.#prefix()}Invalid argument for option '${name}': '${text}'`);
    }
  }

  /** To be thrown for wrong free arguments: the usage lines alone, or after `FULL: text`; status 1. */
  usageError(text?: string): CommandExit {
    return this.#exit(`${text === undefined ? '' : `${this.full}: ${text}\n`}${this.#usage}`);
  }

  /** Throws usageError() unless the number of free arguments is within the bounds. */
  expectArgs(min: number, max = min): void {
    if (this.args.length < min || this.args.length > max) throw this.usageError();
  }

  #of(name: string): (string | undefined)[] {
    if (!this.#specs.has(name)) throw new TypeError(`${this.full} has no option '${name}'`);
    return this.#uses.get(name) ?? [];
  }

  #number(name: string, fallback: number | undefined, parse: (text: string) => number | undefined, kind: string): number | undefined {
    const text = this.str(name);
    if (text === undefined) return fallback;
    const value = parse(text);
    if (value === undefined) throw this.#exit(`${this.#prefix()}Option '${name}' requires ${kind} argument\n`);
    return value;
  }

  // FULL and its last word: `flux-queue drain: drain: …`.
  #prefix(): string {
    return `${this.full}: ${this.full.slice(this.full.lastIndexOf(' ') + 1)}: `;
  }

  #exit(stderr: string): CommandExit {
    return new CommandExit(1, { stderr });
  }
}
