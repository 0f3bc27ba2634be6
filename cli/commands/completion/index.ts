import { getopt, grammarOfProgram } from '../../args/getopt';
import type { Grammar } from '../../args/grammar';
import { type CommandContext, defineCommand } from '../../command';
import { frontOptions } from '../../front/help-list';
import { type Candidate, complete } from './engine';
import { lineWords } from './line';
import { type Shell, scripts } from './scripts';
import { valuesOf } from './values';

/** `flux completion bash|zsh`: what makes a shell complete the words of flux; and what that asks when it does. */
export default defineCommand({
  name: 'completion',
  summary: 'Print what makes bash or zsh complete the words of flux',
  examples: [
    ['In ~/.bashrc', 'source <(flux completion bash)'],
    ['In ~/.zshrc, after compinit', 'source <(flux completion zsh)'],
  ],
  run: getopt({
    usage: 'bash|zsh',
    async run(ctx, opts) {
      const [what = '', shell, ...words] = opts.args;
      if (what === 'words' && isShell(shell)) return answer(ctx, shell, shell === 'bash' ? lineWords(words[0] ?? '').slice(1) : words);
      opts.expectArgs(1);
      if (!isShell(what)) throw opts.usageError(`there is no completion for ${what}`);
      ctx.stdout.write(scripts[what]);
      return 0;
    },
  }),
});

const isShell = (name: string | undefined): name is Shell => name !== undefined && Object.hasOwn(scripts, name);

/** Prints what the last word can be. */
async function answer(ctx: CommandContext, shell: Shell, words: readonly string[]): Promise<number> {
  const completion = complete(fluxGrammar(ctx), words);
  const candidates = 'value' in completion ? await valuesOf(ctx, completion.value) : completion.candidates;
  const typed = words.at(-1) ?? '';
  // For bash's readline, = and : end a word: only what follows them is replaced.
  const kept = shell === 'bash' ? typed.slice(0, Math.max(typed.lastIndexOf('='), typed.lastIndexOf(':')) + 1) : '';
  const line = ({ word, help }: Candidate) => `${word.slice(kept.length)}\t${help}\n`;
  ctx.stdout.write(candidates === undefined ? ':files\n' : candidates.map(line).join(''));
  return 0;
}

/** The grammar of `flux` itself. That of a command is loaded when its words are met; a program of a site has none that is known. */
function fluxGrammar(ctx: CommandContext): Grammar {
  const unknown: Grammar = { options: [], subcommands: [], permute: true };
  return {
    ...grammarOfProgram({ options: frontOptions.slice(1) }),
    subcommands: ctx.frontCommands().map(({ name, summary }) => ({
      name,
      help: summary,
      grammar: () => ctx.loadCommand(name)?.grammar?.() ?? unknown,
    })),
  };
}
