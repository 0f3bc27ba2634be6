import { errorText, FluxError, JOB_FLAG, type jobIngest, type ReadBy, type Request, URGENCY } from 'flux';
import { decodeJsonBytes, isNestedBeyond, unwrapNone } from 'flux/internal';

/** Submit flags that may come over the wire (docs/protocol/job-manager.md §1). */
const KNOWN_FLAGS = JOB_FLAG.debug | JOB_FLAG.waitable | JOB_FLAG.novalidate;

/** Deepest nesting of a jobspec: it travels inside other objects, which may be nested to 512 levels. */
const MAX_NESTING = 500;

/** A submission that has passed the checks of docs/protocol/job-manager.md §3.2 up to its validation. */
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

/** Checks a submission. The checks come in the contract's order: which one refuses first is visible. */
export function readSubmission({ J, urgency, flags }: ReadBy<typeof jobIngest.submit>, request: Request): Submission {
  if (flags & ~KNOWN_FLAGS) throw new FluxError('EPROTO');
  const { isOwner, userid, rolemask } = request;
  if (!isOwner && flags & JOB_FLAG.novalidate) throw new FluxError('EPERM', 'only the instance owner can submit with FLUX_JOB_NOVALIDATE');
  if (urgency < URGENCY.hold || urgency > URGENCY.expedite)
    throw new FluxError('EINVAL', `urgency range is [${URGENCY.hold}:${URGENCY.expedite}]`);
  if (!isOwner && urgency > URGENCY.default)
    throw new FluxError('EINVAL', `only the instance owner can submit with urgency >${URGENCY.default}`);
  // sic: the typing error is the text's
  if (!isOwner && flags & JOB_FLAG.waitable) throw new FluxError('EINVAL', 'only the instance onwer can submit with FLUX_JOB_WAITABLE');
  const signed = unwrap(J);
  if (signed.userid !== userid) throw new FluxError('EPERM', `signer=${signed.userid} != requestor=${userid}`);
  if (!isOwner) throw new FluxError('EPERM', 'only instance owner can use sign-type=none');
  const { payload } = signed;
  return { J, userid, rolemask, urgency, flags, novalidate: (flags & JOB_FLAG.novalidate) !== 0, payload, jobspec: decodeJobspec(payload) };
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
    throw new FluxError('EINVAL', `jobspec: invalid JSON: ${errorText(e).replace(/^JSON: /, '')}`, {
      cause: e,
    });
  }
  if (typeof jobspec !== 'object' || jobspec === null || isReal(jobspec))
    throw new FluxError('EINVAL', "jobspec: invalid JSON: '[' or '{' expected");
  if (isNestedBeyond(MAX_NESTING, jobspec)) throw new FluxError('EINVAL', 'jobspec: invalid JSON: maximum parsing depth reached');
  return jobspec;
}

const isReal = (value: object) => typeof value.valueOf() === 'number';
