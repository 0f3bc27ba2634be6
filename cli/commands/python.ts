import { defineCommand, failed } from '../command';

export default defineCommand({
  name: 'python',
  takesBytes: () => true,
  summary: 'Run the Python interpreter with the environment of Flux commands',
  usage: 'flux python [ARGUMENT...]',
  builtin: true,
  prog: 'flux',
  category: 'hidden',
  async run(ctx) {
    try {
      return await ctx.exec('python3', ['python3', ...ctx.argv]);
    } catch (e) {
      throw failed('execvp (python3)', e);
    }
  },
});
