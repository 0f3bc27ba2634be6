import { t } from '../schema';
import { method } from './method';
import { service } from './service';

/** Takes jobs in on every rank: checks them, gives them ids, and writes them to the KVS (docs/protocol/job-manager.md §3). */
export const jobIngest = service('job-ingest', {
  /** Submits a signed jobspec (RFC 15), `J`, with an urgency of 0 to 31 and flags (JOB_FLAG). Answered when the job manager has it. */
  submit: method({
    role: 'user',
    request: t.wire({ J: t.string(), urgency: t.int(), flags: t.int() }),
    response: t.wire({ id: t.id() }),
    errors: {
      EPROTO: 'no such flag',
      EPERM: 'a flag or a signature that is not theirs to use',
      EINVAL: 'no such urgency, the jobspec is not valid, or the job manager rejects it',
    },
  }),
  /** How far the generator of ids has come: milliseconds since its epoch. */
  getinfo: method({ role: 'owner', response: t.wire({ timestamp: t.int() }) }),
});
