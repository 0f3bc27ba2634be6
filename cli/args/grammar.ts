/** Words that may stand on a command's command line, however it parses that: for completion. */
export interface Grammar {
  options: readonly GrammarOption[];
  subcommands: readonly GrammarSubcommand[];
  /** Options may follow free arguments. */
  permute: boolean;
}

/** An option, by all its names; `help` is one line of text. */
export interface GrammarOption {
  /** As typed: `-n`, `--ntasks`. */
  names: readonly string[];
  takes: 'nothing' | 'a value' | 'perhaps a value';
  /** Name of its value in the usage text. */
  metavar?: string;
  choices?: readonly string[];
  help: string;
}

/** A sub-command, whose grammar is made when somebody asks for it. */
export interface GrammarSubcommand {
  name: string;
  help: string;
  grammar(): Grammar;
}
