import { getopt } from '../../args/getopt';
import { defineCommand } from '../../command';
import { attach } from './attach';
import { cancel, cancelall, kill, killall, memo, raise, raiseall, urgency } from './control';
import { eventlog, idCommand, info, namespace, waitEvent } from './inspect';
import { list, listIds, listInactive, stats } from './list';
import { status, submit, wait } from './results';

/** flux-job(1) */
export default defineCommand({
  name: 'job',
  summary: 'Act on jobs: attach, cancel, signal, inspect',
  examples: [
    ['See what a job prints', 'flux job attach ID'],
    ['What happened to it', 'flux job eventlog ID'],
  ],
  run: getopt({
    usage: '[OPTIONS] COMMAND ARGS',
    heading: 'Common commands from flux-job:',
    silent: 'both',
    helpStatus: 1,
    subcommands: [
      list,
      listInactive,
      listIds,
      urgency,
      cancel,
      cancelall,
      raise,
      raiseall,
      kill,
      killall,
      attach,
      status,
      submit,
      idCommand,
      eventlog,
      waitEvent,
      info,
      stats,
      namespace,
      wait,
      memo,
    ],
  }),
});
