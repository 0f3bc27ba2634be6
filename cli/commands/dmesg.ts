import { logLevels, parseLogEntry } from '../../core/handle/log-entry';
import { brokerLog } from '../../core/protocol/log';
import { getopt } from '../args/getopt';
import { CommandExit, defineCommand, failed } from '../command';
import { withFlux } from '../connect';

/** flux-dmesg(1) */
export default defineCommand({
  name: 'dmesg',
  summary: 'Show or clear the log of the local broker',
  builtin: true,
  prog: 'flux',
  run: getopt({
    options: [
      { name: 'clear', key: 'C', help: 'Clear the ring buffer' },
      { name: 'read-clear', key: 'c', help: 'Clear the ring buffer after printing it' },
      { name: 'follow', key: 'f', help: 'Go on with new entries as they come' },
    ],
    run: async (ctx, opts) => {
      if (opts.args.length > 0) throw new CommandExit(1, { stderr: 'flux: flux-dmesg accepts no free arguments\n' });
      await withFlux(ctx, async (flux) => {
        if (!opts.has('clear')) {
          const entries = flux.open(brokerLog.dmesg, { follow: opts.has('follow') });
          const next = () => entries.next().catch((e) => Promise.reject(failed(brokerLog.dmesg.topic, e)));
          for (let entry = await next(); !entry.done; entry = await next()) ctx.stdout.write(`${formatLine(entry.value)}\n`);
        }
        if (opts.has('clear') || opts.has('read-clear'))
          await flux.call(brokerLog.clear).catch((e) => Promise.reject(failed(brokerLog.clear.topic, e)));
      });
    },
  }),
});

/** `TIMESTAMP APPNAME.SEVERITY[RANK]: MESSAGE`; what is no entry is shown as it is. */
function formatLine(line: string): string {
  const entry = parseLogEntry(line);
  return entry ? `${entry.timestamp} ${entry.name}.${logLevels[entry.level]}[${entry.rank}]: ${entry.text}` : line;
}
