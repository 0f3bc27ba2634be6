import type { Grammar, GrammarOption } from '../../args/grammar';

/** What may stand where the cursor is. */
export interface Candidate {
  word: string;
  /** One line; empty where nobody has said. */
  help: string;
}

/** What the last word can be: candidates that are known, or a value that has to be looked up. */
export type Completion = { candidates: Candidate[] } | { value: Wanted };

/** A value to be completed. */
export interface Wanted {
  /** Names of the command and its sub-commands: `job cancel`. */
  path: string;
  /** The option whose value it is; undefined for a free argument. */
  option: GrammarOption | undefined;
  /** The free arguments before it. */
  before: readonly string[];
  /** What stands before the value in its word: `--file=`. */
  prefix: string;
  typed: string;
}

/**
 * What the last of the words can be, the others being what stands before it, without `flux`. Words are read as cli/args reads them: options up to the
 * first free argument (after it, too, where the grammar permutes), `--` ends them, clusters of short ones, abbreviations of long ones.
 */
export function complete(grammar: Grammar, words: readonly string[]): Completion {
  const walk = new Walk(grammar);
  for (const word of words.slice(0, -1)) walk.pass(word);
  return walk.complete(words.at(-1) ?? '');
}

class Walk {
  #grammar: Grammar;
  readonly #path: string[] = [];
  #free: string[] = [];
  #ended = false;
  /** An option that waits for its value. */
  #pending: GrammarOption | undefined;

  constructor(grammar: Grammar) {
    this.#grammar = grammar;
  }

  pass(word: string): void {
    if (this.#pending) this.#pending = undefined;
    else if (!this.#ended && word === '--') this.#ended = true;
    else if (!this.#ended && word.startsWith('-') && word !== '-') this.#pending = this.#takesNext(word);
    else this.#passFree(word);
  }

  complete(typed: string): Completion {
    if (this.#pending) return this.#value(this.#pending, '', typed);
    if (!this.#ended && typed.startsWith('-')) {
      const [, name = '', value] = /^(--[^=]*)=(.*)$/s.exec(typed) ?? [];
      const option = value === undefined ? undefined : this.#long(name);
      if (option) return this.#value(option, `${name}=`, value!);
      return { candidates: value === undefined ? this.#options(typed) : [] };
    }
    const { subcommands } = this.#grammar;
    if (subcommands.length === 0) return this.#value(undefined, '', typed);
    return { candidates: subcommands.filter(({ name }) => name.startsWith(typed)).map(({ name, help }) => ({ word: name, help })) };
  }

  #passFree(word: string): void {
    const { subcommands } = this.#grammar;
    if (subcommands.length === 0) {
      this.#free.push(word);
      this.#ended ||= !this.#grammar.permute;
      return;
    }
    const chosen = subcommands.find(({ name }) => name === word);
    this.#path.push(word);
    this.#grammar = chosen?.grammar() ?? { options: [], subcommands: [], permute: false };
    this.#ended = false;
  }

  #options(typed: string): Candidate[] {
    return this.#grammar.options.flatMap(({ names, takes, help }) =>
      names
        .filter((name) => name.startsWith(typed) && (name.startsWith('--') || typed.length === 2))
        .map((name) => ({ word: takes === 'a value' && name.startsWith('--') ? `${name}=` : name, help })),
    );
  }

  #value(option: GrammarOption | undefined, prefix: string, typed: string): Completion {
    const choices = option?.choices?.filter((choice) => choice.startsWith(typed));
    if (choices) return { candidates: choices.map((choice) => ({ word: prefix + choice, help: '' })) };
    return { value: { path: this.#path.join(' '), option, before: this.#free, prefix, typed } };
  }

  /** The option in the word that takes the next one as its value. */
  #takesNext(word: string): GrammarOption | undefined {
    if (word.startsWith('--')) {
      const option = word.includes('=') ? undefined : this.#long(word);
      return option?.takes === 'a value' ? option : undefined;
    }
    const letters = [...word.slice(1)];
    for (const [i, letter] of letters.entries()) {
      const option = this.#grammar.options.find(({ names }) => names.includes(`-${letter}`));
      if (option?.takes === 'a value') return i === letters.length - 1 ? option : undefined;
    }
    return undefined;
  }

  /** A long option by its name or an abbreviation that is no other's. */
  #long(typed: string): GrammarOption | undefined {
    const { options } = this.#grammar;
    const found = options.filter(({ names }) => names.some((name) => name.startsWith('--') && name.startsWith(typed)));
    return options.find(({ names }) => names.includes(typed)) ?? (found.length === 1 ? found[0] : undefined);
  }
}
