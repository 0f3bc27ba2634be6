import { getopt } from '../../args/getopt';
import { defineCommand } from '../../command';
import { debug } from './debug';
import { list } from './list';
import { info, load, reload, remove } from './load';
import { stats } from './stats';

/** flux-module(1) */
export default defineCommand({
  name: 'module',
  summary: 'Manage broker modules',
  examples: [
    ['What is loaded', 'flux module list'],
    ['Load a module of your own', 'flux module load ./hello.ts'],
    ['Run it as it is on disk now', 'flux module reload ./hello.ts'],
  ],
  run: getopt({
    usage: 'COMMAND [OPTIONS]',
    heading: 'flux-module subcommands:',
    helpStatus: 1,
    subcommands: [list, remove, { ...remove, name: 'unload', hidden: true }, load, reload, info, stats, debug],
  }),
});
