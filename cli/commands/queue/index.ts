import { getopt } from '../../args/getopt';
import { defineCommand } from '../../command';
import { disable, enable, start, status, stop } from './admin';
import { drain, idle } from './wait';

/** flux-queue(1) */
export default defineCommand({
  name: 'queue',
  summary: 'Control the job queue',
  examples: [
    ['Wait until all jobs have ended', 'flux queue drain'],
    ['Start no more jobs, and say why', 'flux queue stop out for lunch'],
    ['Accept no more jobs', 'flux queue disable maintenance at noon'],
  ],
  run: getopt({
    usage: '[OPTIONS] COMMAND ARGS',
    silent: 'both',
    heading: 'Common commands from flux-queue:',
    helpStatus: 1,
    subcommands: [enable, disable, start, stop, status, drain, idle],
  }),
});
