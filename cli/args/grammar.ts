/** What may stand on the command line of a command, however it parses it: for completion. */
export interface Grammar {
  options: readonly GrammarOption[];
  subcommands: readonly GrammarSubcommand[];
  /** Options may follow free arguments. */
  permute: boolean;
}

export interface GrammarOption {
  /** As typed: `-n`, `--ntasks`. */
  names: readonly string[];
  takes: 'nothing' | 'a value' | 'perhaps a value';
  /** What the usage text calls its value. */
  metavar?: string;
  choices?: readonly string[];
  help: string;
}

export interface GrammarSubcommand {
  name: string;
  help: string;
  grammar(): Grammar;
}
