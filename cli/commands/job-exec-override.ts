import { jobExec } from '../../core/protocol/job-exec';
import { errorText } from '../../core/sys/errors';
import { int, type ParserSpec, parseArgs } from '../args/argparse';
import { grammarOfParser } from '../args/argparse-grammar';
import { CommandExit, defineCommand } from '../command';
import { connectPython, withFlux } from '../connect';
import { pythonJobId } from '../render/jobid';

const jobid = { dest: 'jobid', help: 'Job ID of the target job' };

const parser: ParserSpec = {
  prog: 'flux-job-exec',
  subparsers: {
    dest: 'subcommand',
    required: true,
    parsers: [
      { name: 'start', help: 'Start a job that is in override mode', arguments: [jobid] },
      { name: 'finish', help: 'Finish it', arguments: [jobid, { dest: 'status', type: int, help: 'Wait status of the job' }] },
    ],
  },
  arguments: [],
};

/** Test hook: starts and finishes jobs whose jobspec sets `attributes.system.exec.test.override` (docs/protocol/job-exec.md §11). */
export default defineCommand({
  name: 'job-exec-override',
  summary: 'Start and finish jobs of the test execution mode',
  category: 'hidden',
  family: 'python',
  grammar: () => grammarOfParser(parser),
  run: async (ctx) => {
    const { subcommand: event, jobid: name, status } = parseArgs(parser, ctx.argv, ctx.env);
    const id = pythonJobId(name as string);
    const request = { event: event as string, jobid: id, ...(status === undefined ? {} : { status: status as number }) };
    await withFlux(
      ctx,
      async (flux) => {
        await flux.call(jobExec.override, request).catch((e) => {
          throw new CommandExit(1, { stderr: `${ctx.prog}: ERROR: ${errorText(e)}\n` });
        });
      },
      connectPython,
    );
  },
});
