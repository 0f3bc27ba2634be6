import { decodeJsonBytes, FluxError, type Request, unpack, unwrapNone } from 'flux';

/** Submit flags that may come over the wire (job-manager.md §1). */
const Flag = { debug: 2, waitable: 4, novalidate: 8 } as const;
const KNOWN_FLAGS = Flag.debug | Flag.waitable | Flag.novalidate;
const URGENCY_MAX = 31;
const URGENCY_DEFAULT = 16;

/** A submission that has passed the checks of job-manager.md §3.2 up to its validation. */
export interface Submission {
  J: string;
  userid: number;
  rolemask: number;
  urgency: number;
  flags: number;
  novalidate: boolean;
  /** The jobspec's exact bytes. */
  payload: Buffer;
  /** The same, decoded, with reals as Real. An object or an array. */
  jobspec: object;
}

/** Reads and checks a `job-ingest.submit`. The checks come in the contract's order: which one refuses first is visible. */
export function readSubmission(request: Request): Submission {
  const { J, urgency, flags } = unpack(request, { J: 's', urgency: 'i', flags: 'i' });
  if (flags & ~KNOWN_FLAGS) throw new FluxError('EPROTO');
  const { isOwner, userid, rolemask } = request;
  if (!isOwner && flags & Flag.novalidate) throw new FluxError('EPERM', 'only the instance owner can submit with FLUX_JOB_NOVALIDATE');
  if (urgency < 0 || urgency > URGENCY_MAX) throw new FluxError('EINVAL', `urgency range is [0:${URGENCY_MAX}]`);
  if (!isOwner && urgency > URGENCY_DEFAULT)
    throw new FluxError('EINVAL', `only the instance owner can submit with urgency >${URGENCY_DEFAULT}`);
  // sic: the typing error is the text's
  if (!isOwner && flags & Flag.waitable) throw new FluxError('EINVAL', 'only the instance onwer can submit with FLUX_JOB_WAITABLE');
  const signed = unwrap(J);
  if (signed.userid !== userid) throw new FluxError('EPERM', `signer=${signed.userid} != requestor=${userid}`);
  if (!isOwner) throw new FluxError('EPERM', 'only instance owner can use sign-type=none');
  const { payload } = signed;
  return { J, userid, rolemask, urgency, flags, novalidate: (flags & Flag.novalidate) !== 0, payload, jobspec: decodeJobspec(payload) };
}

function unwrap(J: string) {
  try {
    return unwrapNone(J);
  } catch (e) {
    throw new FluxError('EINVAL', 'could not unwrap jobspec', { cause: e });
  }
}

function decodeJobspec(payload: Buffer): object {
  const text = payload.at(-1) === 0 ? payload.subarray(0, -1) : payload;
  let jobspec: unknown;
  try {
    jobspec = decodeJsonBytes(text, { reals: true });
  } catch (e) {
    throw new FluxError('EINVAL', `jobspec: invalid JSON: ${e instanceof Error ? e.message.replace(/^JSON: /, '') : String(e)}`, {
      cause: e,
    });
  }
  if (typeof jobspec !== 'object' || jobspec === null || isReal(jobspec))
    throw new FluxError('EINVAL', "jobspec: invalid JSON: '[' or '{' expected");
  return jobspec;
}

const isReal = (value: object) => typeof value.valueOf() === 'number';
