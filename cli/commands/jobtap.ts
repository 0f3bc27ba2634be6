import path from 'node:path';
import { listJobtap, loadJobtap, removeJobtap } from '../../core/client/jobtap';
import { isErrno } from '../../core/sys/errors';
import { type Namespace, type ParserSpec, parseArgs } from '../args/argparse';
import { grammarOfParser } from '../args/argparse-grammar';
import { type CommandContext, CommandError, defineCommand } from '../command';
import { connectPython, withFlux } from '../connect';

/** flux-jobtap(1) */
export default defineCommand({
  name: 'jobtap',
  summary: 'List, load, and remove job-manager plugins',
  family: 'python',
  grammar: () => grammarOfParser(parser),
  examples: [
    ['What is loaded, builtins too', 'flux jobtap list -a'],
    ['Load a plugin of your own, configured', 'flux jobtap load $PWD/limits.ts max=4'],
    ['Replace the builtin priorities', 'flux jobtap load --remove=.priority-default fairshare.js'],
  ],
  run: async (ctx) => {
    const space = parseArgs(parser, ctx.argv, ctx.env);
    await subcommands[space['subcommand'] as keyof typeof subcommands](ctx, space);
  },
});

const parser: ParserSpec = {
  prog: 'flux-jobtap',
  arguments: [],
  subparsers: {
    dest: 'subcommand',
    required: true,
    title: 'supported subcommands',
    parsers: [
      {
        name: 'list',
        help: 'list currently loaded plugins',
        arguments: [{ flags: ['-a', '--all'], action: 'true', help: 'list all plugins, including builtins' }],
      },
      {
        name: 'load',
        help: 'load plugin into job-manager',
        arguments: [
          { flags: ['-r', '--remove'], metavar: 'PLUGIN', help: 'remove PLUGIN before loading new one. PLUGIN may be a glob' },
          { dest: 'plugin', help: 'path or name of the plugin to load' },
          { dest: 'conf', nargs: '*', help: 'set plugin configuration: KEY=VAL' },
        ],
      },
      {
        name: 'remove',
        help: 'remove plugin from job-manager',
        arguments: [{ dest: 'plugin', help: 'name or glob of the plugins to remove; "all": all but builtins' }],
      },
    ],
  },
};

const subcommands = { list, load, remove };

async function list(ctx: CommandContext, { all }: Namespace): Promise<void> {
  const plugins = await withFlux(ctx, listJobtap, connectPython);
  for (const name of plugins) if (all || !name.startsWith('.')) ctx.stdout.write(`${name}\n`);
}

async function load(ctx: CommandContext, { plugin, conf, remove }: Namespace): Promise<void> {
  const name = plugin as string;
  const words = (conf as string[] | undefined) ?? [];
  const request = {
    load: absolute(name, ctx.cwd),
    ...(words.length > 0 ? { conf: confOf(words) } : {}),
    ...(typeof remove === 'string' ? { remove } : {}),
  };
  await withFlux(ctx, (flux) => foundOr(name, loadJobtap(flux, request)), connectPython);
}

async function remove(ctx: CommandContext, { plugin }: Namespace): Promise<void> {
  const name = plugin as string;
  await withFlux(ctx, (flux) => foundOr(name, removeJobtap(flux, name)), connectPython);
}

/** A path of the caller's own; to the job manager a name that begins with a dot is a builtin's. */
function absolute(name: string, cwd: string): string {
  return /^\.\.?\//.test(name) ? path.resolve(cwd, name) : name;
}

/** `a.b=1 c=x` as `{"a":{"b":1},"c":"x"}`: values are JSON where they can be. */
function confOf(words: readonly string[]): Record<string, unknown> {
  const conf: Record<string, unknown> = {};
  for (const word of words) {
    const at = word.indexOf('=');
    if (at < 0) throw new CommandError(`Missing required value for key ${word}`);
    place(conf, word.slice(0, at).split('.'), parsedValue(word.slice(at + 1)));
  }
  return conf;
}

function place(table: Record<string, unknown>, [key, ...below]: string[], value: unknown): void {
  if (key === undefined) return;
  if (below.length === 0) {
    Object.defineProperty(table, key, { value, enumerable: true, configurable: true, writable: true });
    return;
  }
  const inner = Object.hasOwn(table, key) ? table[key] : undefined;
  const next = typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? inner : {};
  place(table, [key], next);
  place(next as Record<string, unknown>, below, value);
}

function parsedValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** ENOENT is said in words of the command, whatever it was that is missing. */
async function foundOr(name: string, answer: Promise<void>): Promise<void> {
  try {
    await answer;
  } catch (e) {
    throw isErrno(e, 'ENOENT') ? new CommandError(`${name} not found`, 1, { cause: e }) : e;
  }
}
