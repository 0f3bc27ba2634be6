import { isErrno } from '../../core/sys/errors';
import { type Namespace, type ParserSpec, parseArgs } from '../args/argparse';
import { type CommandContext, CommandError, defineCommand } from '../command';
import { connectPython, withFlux } from '../connect';

const TOPIC = 'job-manager.jobtap';

const parser: ParserSpec = {
  prog: 'flux-jobtap',
  arguments: [],
  subparsers: {
    dest: 'subcommand',
    required: true,
    title: 'subcommands',
    parsers: [
      {
        name: 'load',
        help: 'Load a new jobtap plugin',
        arguments: [
          { flags: ['-r', '--remove'], metavar: 'NAME', help: 'Remove plugin NAME before loading new plugin' },
          { dest: 'plugin', help: 'Plugin to load' },
          { dest: 'conf', nargs: '*', help: 'Plugin configuration' },
        ],
      },
      { name: 'remove', help: 'Remove a jobtap plugin', arguments: [{ dest: 'plugin', help: 'Plugin to remove' }] },
      {
        name: 'list',
        help: 'List loaded plugins',
        arguments: [{ flags: ['-a', '--all'], action: 'true', help: 'List builtin plugins, too' }],
      },
    ],
  },
};

/** flux-jobtap(1) */
export default defineCommand({
  name: 'jobtap',
  summary: 'Load, list and remove plugins of the job manager',
  family: 'python',
  examples: [
    ['Load a plugin of your own', 'flux jobtap load $PWD/limits.ts max=2'],
    ['What is loaded', 'flux jobtap list -a'],
  ],
  run: (ctx) => {
    const space = parseArgs(parser, ctx.argv, ctx.env);
    return commands[space['subcommand'] as keyof typeof commands](ctx, space);
  },
});

const commands = { load, remove, list };

async function load(ctx: CommandContext, space: Namespace): Promise<void> {
  const plugin = space['plugin'] as string;
  const words = (space['conf'] as string[] | null) ?? [];
  const conf = words.length > 0 ? { conf: confOf(words) } : {};
  const removed = space['remove'] ? { remove: space['remove'] as string } : {};
  await change(ctx, plugin, { load: plugin, ...conf, ...removed });
}

async function remove(ctx: CommandContext, space: Namespace): Promise<void> {
  const plugin = space['plugin'] as string;
  await change(ctx, plugin, { remove: plugin });
}

async function list(ctx: CommandContext, space: Namespace): Promise<void> {
  await withFlux(
    ctx,
    async (flux) => {
      const { plugins } = await flux.rpc<{ plugins: string[] }>(TOPIC, { query_only: true });
      for (const name of plugins) if (space['all'] || !name.startsWith('.')) ctx.stdout.write(`${name}\n`);
    },
    connectPython,
  );
}

async function change(ctx: CommandContext, plugin: string, payload: object): Promise<void> {
  await withFlux(
    ctx,
    async (flux) => {
      try {
        await flux.rpc(TOPIC, payload);
      } catch (e) {
        if (isErrno(e, 'ENOENT')) throw new CommandError(`${plugin} not found`);
        throw e;
      }
    },
    connectPython,
  );
}

/** `KEY=VAL` words as an object: dots nest, values are JSON where they can be read as such. */
function confOf(words: readonly string[]): Record<string, unknown> {
  const conf: Record<string, unknown> = {};
  for (const word of words) {
    const equals = word.indexOf('=');
    if (equals < 0) throw new CommandError(`Missing required value for key ${word}`);
    const keys = word.slice(0, equals).split('.');
    let at = conf;
    for (const key of keys.slice(0, -1)) at = (at[key] ??= {}) as Record<string, unknown>;
    at[keys.at(-1)!] = valueOfText(word.slice(equals + 1));
  }
  return conf;
}

function valueOfText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
