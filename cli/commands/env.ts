import { errorText } from '../../core/sys/errors';
import { getopt } from '../args/getopt';
import { CommandError, defineCommand } from '../command';

export default defineCommand({
  name: 'env',
  takesBytes: () => true,
  summary: 'Execute a command in the environment of Flux commands, or print it',
  builtin: true,
  prog: 'flux',
  run: getopt({
    usage: '[OPTIONS...] [COMMAND...]',
    async run(ctx, { args }) {
      const [file] = args;
      if (file === undefined) {
        for (const [name, value] of Object.entries(ctx.frontEnv)) if (value !== undefined) ctx.stdout.write(`export ${name}="${value}"\n`);
        return 0;
      }
      try {
        return await ctx.exec(file, args);
      } catch (e) {
        throw new CommandError(`execvp (${file}): ${errorText(e)}`, 1, { cause: e });
      }
    },
  }),
});
