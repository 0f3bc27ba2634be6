import { getopt } from '../../args/getopt';
import { defineCommand } from '../../command';
import { attach } from './attach';
import { eventlog } from './eventlog';
import { id, namespace } from './id';
import { info, stats } from './info';
import { kill, killall } from './kill';
import { list, listIds, listInactive } from './list';
import { memo } from './memo';
import { cancel, cancelall, raise, raiseall } from './raise';
import { status } from './status';
import { submit } from './submit';
import { urgency } from './urgency';
import { wait } from './wait';
import { waitEvent } from './wait-event';

/** flux-job(1) */
export default defineCommand({
  name: 'job',
  summary: 'Act on jobs: attach, cancel, signal, inspect',
  examples: [
    ['See what a job prints', 'flux job attach ƒ2oLkTLb'],
    ['Cancel it, with a note', 'flux job cancel ƒ2oLkTLb wrong input'],
    ['Wait until it has started', 'flux job wait-event ƒ2oLkTLb start'],
  ],
  run: getopt({
    usage: 'COMMAND [OPTIONS]',
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
      id,
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
