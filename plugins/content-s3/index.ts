import { defineModule, FluxError, t, toFluxError } from 'flux';
import { backingServices, contentHash, runBackingStore } from '../_content-backing';
import { Bucket } from './bucket';
import { readS3Conf, type S3Conf } from './config';
import { S3Store } from './s3-store';

/** Keeps blobs and checkpoints in a bucket of an S3 server, for rank 0 (docs/protocol/content.md §4.3; configuration table `[content-s3]`). */
export default defineModule({
  name: 'content-s3',
  api: 1,
  reads: ['content-s3'],
  ...backingServices,
  args: t.object({}),
  async main(m) {
    const open = async () => {
      const bucket = new Bucket(confOf(m.config), m.signal);
      m.defer(() => bucket.close());
      await bucket.create();
      return new S3Store(bucket, await contentHash(m));
    };
    const handlers = await runBackingStore(m, { durability: 'none', open });
    m.on('config-reload', (_, config) => {
      confOf(config);
      m.log.warning('config-reload: changes will not take effect until next flux restart');
    });
    return handlers;
  },
});

function confOf(config: Readonly<Record<string, unknown>>): S3Conf {
  try {
    return readS3Conf(config['content-s3']);
  } catch (e) {
    const { code, message } = toFluxError(e);
    throw new FluxError(code, `content-s3 parsing config file: ${message}`, { cause: e });
  }
}
