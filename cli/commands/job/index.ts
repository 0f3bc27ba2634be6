import { getopt } from '../../args/getopt';
import { defineCommand } from '../../command';
import { attach } from './attach';

/** flux-job(1) */
export default defineCommand({
  name: 'job',
  summary: 'Act on jobs: attach, cancel, signal, inspect',
  run: getopt({
    usage: 'COMMAND [OPTIONS]',
    heading: 'Common commands from flux-job:',
    silent: 'both',
    helpStatus: 1,
    subcommands: [attach],
  }),
});
