import { defineModule, type Flux, FluxError, isErrno, jobIdFromJson, jobIngest, jobManager, type Log } from 'flux';
import { FluidGenerator, validateJobspec } from 'flux/internal';
import { JobBatches } from './batches';
import { options, validatorArgs } from './options';
import { readSubmission, type Submission } from './request';
import { ValidatorPool } from './validators';

type Validate = (submission: Submission) => void | Promise<void>;

/** Takes submissions on every rank: validates them, gives them ids, writes them to the KVS, and announces them to the job manager. */
export default defineModule({
  serves: jobIngest,
  api: 1,
  reads: [],
  args: options,
  async main(m) {
    const { 'batch-count': batchCount, 'disable-validator': accept } = m.options;
    const args = validatorArgs(m.options);
    const rank = await m.flux.rank();
    const generator = await startGenerator(m.flux, rank, m.log);
    const batches = new JobBatches({ flux: m.flux, log: m.log, batchCount, nextId: () => generator.next() });
    const pool = args && new ValidatorPool(m, rank, args);
    const validate: Validate = pool ? (submission) => pool.validate(submission) : checkRules;

    if (pool) m.defer(() => pool.shutdown());
    return {
      submit: async (given, request) => {
        const submission = readSubmission(given, request);
        if (!accept && !submission.novalidate) await validate(submission);
        return { id: await batches.add(submission) };
      },
      getinfo: () => ({ timestamp: generator.timestamp }),
    };
  },
});

/** The validator that runs by default, without a process: the rules of the `jobspec` plugin. */
function checkRules({ jobspec }: Submission): void {
  const { errnum, errstr } = validateJobspec(jobspec);
  if (errnum !== 0) throw new FluxError(errnum, errstr);
}

/** Ids go on where the last instance, or the broker upstream, is by now. */
async function startGenerator(flux: Flux, rank: number, log: Pick<Log, 'err'>): Promise<FluidGenerator> {
  if (rank === 0) {
    const { max_jobid } = await ask('job-manager must be loaded first', flux.call(jobManager.getinfo));
    return FluidGenerator.after(jobIdFromJson(max_jobid), { generator: rank });
  }
  const upstream = { nodeid: 'upstream' } as const;
  const { timestamp } = await ask('job-ingest must be loaded on rank 0 first', flux.call(jobIngest.getinfo, undefined, upstream));
  return new FluidGenerator({ generator: rank, timestamp });

  async function ask<T>(hint: string, answer: Promise<T>): Promise<T> {
    try {
      return await answer;
    } catch (e) {
      if (isErrno(e, 'ENOSYS')) log.err(hint);
      throw e;
    }
  }
}
