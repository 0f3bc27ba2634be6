import { FluxError, type Log } from 'flux';

/** The module's arguments (contract: job-manager.md §3.1). */
export interface IngestOptions {
  /** Jobs that make a batch; undefined: a batch is what arrives while the last one is written. */
  batchCount: number | undefined;
  /** Accept jobspec as it is. */
  disableValidator: boolean;
  /** Arguments of `flux job-validator`; undefined: the default rules are checked here. */
  validatorArgs: string[] | undefined;
}

const USAGE = 'Usage: flux module load [OPTIONS] job-ingest [validator-plugins=LIST] [validator-args=ARGS]';

/** EINVAL, logged, for an argument that is not known or makes no sense. */
export function parseOptions(args: readonly string[], log: Pick<Log, 'err'>): IngestOptions {
  const options: IngestOptions = { batchCount: undefined, disableValidator: false, validatorArgs: undefined };
  const validate = (...more: string[]) => {
    options.validatorArgs = [...(options.validatorArgs ?? []), ...more];
  };
  for (const arg of args) {
    const value = arg.slice(arg.indexOf('=') + 1);
    if (arg.startsWith('validator-plugins=')) validate('--plugins', value);
    else if (arg.startsWith('validator-args=')) validate(...value.split(',').filter(Boolean));
    else if (arg.startsWith('batch-count=')) options.batchCount = batchCount(arg, value, log);
    else if (arg === 'disable-validator') options.disableValidator = true;
    else {
      log.err(`invalid option ${arg}`);
      log.err(USAGE);
      throw new FluxError('EINVAL');
    }
  }
  return options;
}

function batchCount(arg: string, value: string, log: Pick<Log, 'err'>): number {
  if (!/^\s*\+?\d+$/.test(value)) {
    log.err(`Invalid batch-count: ${arg}`);
    throw new FluxError('EINVAL');
  }
  return Number(value);
}
