import { type ParserSpec, parseArgs } from '../../args/argparse';
import { grammarOfParser } from '../../args/argparse-grammar';
import { defineCommand } from '../../command';
import { drain, reload, undrain } from './admin';
import { list } from './list';
import { status } from './status';

/** flux-resource(1), docs/protocol/resource-sched.md §8.1. */
export default defineCommand({
  name: 'resource',
  summary: 'List and manipulate the resources of an instance',
  family: 'python',
  grammar: () => grammarOfParser(parser),
  examples: [
    ['What is free, allocated, down', 'flux resource list'],
    ['Keep jobs from two nodes, and say why', 'flux resource drain node[3-4] broken fan'],
    ['Which nodes are drained, and why', 'flux resource drain'],
    ['Let them be used again', 'flux resource undrain node[3-4]'],
  ],
  run: async (ctx) => {
    const space = parseArgs(parser, ctx.argv, ctx.env);
    await subcommands[space['subcommand'] as keyof typeof subcommands](ctx, space);
  },
});

const subcommands = { drain, undrain, status, list, reload };

const tableArguments = [
  { flags: ['-o', '--format'], metavar: 'FORMAT', help: "Specify output format using Python's string format syntax" },
  { flags: ['-s', '--states'], metavar: 'STATE,...', help: 'Output resources in given states' },
  { flags: ['-n', '--no-header'], action: 'true', help: 'Suppress header output' },
  { flags: ['--from-stdin'], action: 'true', hidden: true },
] as const;

const parser: ParserSpec = {
  prog: 'flux-resource',
  arguments: [],
  subparsers: {
    dest: 'subcommand',
    required: true,
    title: 'subcommands',
    parsers: [
      {
        name: 'drain',
        help: 'Drain resources, or list what is drained',
        arguments: [
          { dest: 'targets', nargs: '?', help: 'List of targets to drain (idset or hostlist)' },
          { dest: 'reason', nargs: 'rest', help: 'Reason' },
        ],
      },
      {
        name: 'undrain',
        help: 'Undrain resources',
        arguments: [{ dest: 'targets', help: 'List of targets to resume (idset or hostlist)' }],
      },
      {
        name: 'status',
        help: 'Show status of resources as the resource module knows it',
        arguments: [
          { flags: ['-v', '--verbose'], action: 'count', default: 0, help: 'Include empty rows (-vv: reasons of drain)' },
          ...tableArguments,
        ],
      },
      {
        name: 'list',
        help: 'List resources by state in the scheduler',
        arguments: [
          { flags: ['-v', '--verbose'], action: 'count', default: 0, help: 'Include the resources of each node' },
          ...tableArguments,
        ],
      },
      {
        name: 'reload',
        help: 'Reload resources from a file',
        arguments: [
          { flags: ['-x', '--xml'], action: 'true', help: 'PATH is a directory of hwloc RANK.xml files' },
          { flags: ['-f', '--force'], action: 'true', help: 'Take resources of ranks that the instance does not have' },
          { dest: 'path', metavar: 'PATH', help: 'R file, or directory of hwloc XML files' },
        ],
      },
    ],
  },
};
