import { method } from './method';
import { service } from './service';

/** The backing store of the content service, on rank 0 alone (docs/protocol/content.md §4). */
export const contentBacking = service('content-backing', {
  /** The blob of a blobref. */
  load: method({
    role: 'owner',
    request: 'text',
    response: 'bytes',
    errors: { ENOENT: 'there is no such blob', EPROTO: 'not a blobref (content-files, content-s3)' },
  }),
  /** Stores a blob, and gives its blobref by the hash of the instance. One that is there already is fine. */
  store: method({ role: 'owner', request: 'bytes', response: 'text' }),
});
