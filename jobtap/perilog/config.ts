import { FluxError, t } from 'flux';

/** Commands to run around each job (docs/protocol/jobtap.md §5.3). */
export interface PerilogConf {
  /** Words of the command; undefined: none. */
  prolog: string[] | undefined;
  epilog: string[] | undefined;
  /** Seconds between SIGTERM and SIGKILL for a prolog. */
  killTimeout: number;
}

const title = 'prolog/epilog configuration error';

const words = (name: string) => t.optional(t.worded(t.array(t.string(), { minLength: 1 }), `[job-manager.${name}] command malformed!`));

const seconds = t.transform(
  t.number(),
  (value) => {
    if (value < 0) throw new FluxError('EINVAL', `${title}: kill-timeout is negative: ${value}`);
    return value;
  },
  { default: 5 },
);

const strict = { unknown: 'reject', default: {} } as const;
const jobManager = t.wire(
  {
    prolog: t.wire({ command: words('prolog'), 'kill-timeout': seconds }, strict),
    epilog: t.wire({ command: words('epilog') }, strict),
  },
  { default: {} },
);
const shape = t.wire({ 'job-manager': jobManager }, { title });

/** Reads `[job-manager.prolog]` and `[job-manager.epilog]`. EINVAL with the contract's text. */
export function readConf(config: Record<string, unknown>): PerilogConf {
  const { prolog, epilog } = shape.parse(config)['job-manager'];
  return { prolog: prolog.command, epilog: epilog.command, killTimeout: prolog['kill-timeout'] };
}
