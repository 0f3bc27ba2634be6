import { formatLogEntry, type LogLevel, type LogLevelName, logEntries, logLevels } from '../../core/handle/log-entry';
import { brokerLog } from '../../core/protocol/log';
import { isErrno } from '../../core/sys/errors';
import { originalBytes } from '../../core/sys/original-bytes';
import { wallMilliseconds } from '../../core/sys/wall-clock';
import { getopt } from '../args/getopt';
import { CommandError, defineCommand, failed } from '../command';
import { withFlux } from '../connect';
import { readStdin } from '../stdin';

/** The bytes of the words, with blanks between them. */
const joined = (words: readonly string[]): Buffer =>
  Buffer.from(words.map((word) => originalBytes(word).toString('latin1')).join(' '), 'latin1');

/** Who may not write to the log is not told so: messages of guests are dropped. */
function refused(e: unknown): void {
  if (!isErrno(e, 'EPERM')) throw failed(brokerLog.append.topic, e);
}

/** flux-logger(1) */
export default defineCommand({
  name: 'logger',
  takesBytes: () => true,
  summary: 'Write to the log of the local broker',
  examples: [['Say something', 'flux logger --severity=info hello world']],
  run: getopt({
    usage: '[--severity LEVEL] [--appname NAME] message ...',
    options: [
      { name: 'severity', key: 's', arg: 'LEVEL', help: 'Severity: emerg, alert, crit, err, warning, notice, info, debug' },
      { name: 'appname', key: 'n', arg: 'NAME', help: 'Application name, default logger' },
    ],
    helpStatus: 1,
    permute: true,
    glibcErrors: true,
    run: async (ctx, opts) => {
      const level = logLevels.indexOf((opts.str('severity') ?? 'notice') as LogLevelName);
      if (level < 0) throw new CommandError(`invalid severity: Use ${logLevels.join('|')}`);
      const message = opts.args.length > 0 ? joined(opts.args) : await readStdin(ctx);
      await withFlux(ctx, async (flux) => {
        const rank = await flux.getattr('rank');
        for (const text of logEntries(message)) {
          const entry = {
            level: level as LogLevel,
            time: wallMilliseconds(),
            rank,
            name: opts.str('appname') ?? 'logger',
            procid: '-',
            text,
          };
          await flux.call(brokerLog.append, Buffer.from(formatLogEntry(entry))).catch(refused);
        }
      });
    },
  }),
});
