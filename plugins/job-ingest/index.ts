import { defineModule, type Flux, FluxError, isErrno, jobIdFromJson, type Log } from 'flux';
import { FluidGenerator, validateJobspec } from 'flux/internal';
import { JobBatches } from './batches';
import { parseOptions } from './options';
import { readSubmission, type Submission } from './request';
import { ValidatorPool } from './validators';

type Validate = (submission: Submission) => void | Promise<void>;

/** Takes submissions on every rank: validates them, gives them ids, writes them to the KVS, and announces them to the job manager. */
export default defineModule({
  name: 'job-ingest',
  api: 1,
  reads: [],
  methods: {
    submit: 'user',
    getinfo: 'owner',
  },
  async main(m) {
    const { batchCount, disableValidator, validatorArgs } = parseOptions(m.args, m.log);
    const rank = await m.flux.rank();
    const generator = await startGenerator(m.flux, rank, m.log);
    const batches = new JobBatches({ flux: m.flux, log: m.log, batchCount, nextId: () => generator.next() });
    const pool = validatorArgs && new ValidatorPool(m, rank, validatorArgs);
    const validate: Validate = pool ? (submission) => pool.validate(submission) : checkRules;

    m.serve('submit', async (_payload, request) => {
      const submission = readSubmission(request);
      if (!disableValidator && !submission.novalidate) await validate(submission);
      return { id: await batches.add(submission) };
    });
    m.serve('getinfo', () => ({ timestamp: generator.timestamp }));
    if (pool) m.defer(() => pool.shutdown());
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
    const { max_jobid } = await ask<{ max_jobid: unknown }>('job-manager must be loaded first', () => flux.rpc('job-manager.getinfo'));
    return FluidGenerator.after(jobIdFromJson(max_jobid), { generator: rank });
  }
  const upstream = { nodeid: 'upstream' } as const;
  const { timestamp } = await ask<{ timestamp: number }>('job-ingest must be loaded on rank 0 first', () =>
    flux.rpc('job-ingest.getinfo', undefined, upstream),
  );
  return new FluidGenerator({ generator: rank, timestamp });

  async function ask<T>(hint: string, question: () => Promise<unknown>): Promise<T> {
    try {
      return (await question()) as T;
    } catch (e) {
      if (isErrno(e, 'ENOSYS')) log.err(hint);
      throw e;
    }
  }
}
