import { getopt } from '../../args/getopt';
import { defineCommand } from '../../command';
import { dir } from './dir';
import { eventlog } from './eventlog';
import { get } from './get';
import { ls } from './ls';
import { dropcache, getroot, namespace, version, wait } from './roots';
import { copy, link, mkdir, move, put, readlink, unlink } from './write';

/** flux-kvs(1) */
export default defineCommand({
  name: 'kvs',
  takesBytes: ([subcommand]) => subcommand === 'put',
  summary: 'Read and write the key-value store',
  examples: [
    ['Store a value and read it', 'flux kvs put a.b=42 && flux kvs get a.b'],
    ['Everything there is', 'flux kvs ls -R'],
  ],
  run: getopt({
    usage: '[OPTIONS] COMMAND ARGS',
    heading: 'Common commands from flux-kvs:',
    silent: 'both',
    helpStatus: 1,
    subcommands: [namespace, get, put, dir, ls, unlink, link, readlink, mkdir, copy, move, dropcache, version, wait, getroot, eventlog],
  }),
});
