import fs from 'node:fs';
import { errorText, FluxError, t } from 'flux';
import { parse } from 'smol-toml';

/** Where the blobs are, and who we are there. */
export interface S3Conf {
  /** `http://host:port`, without a path. */
  endpoint: URL;
  bucket: string;
  /** The bucket is a part of the host's name, not of the path. */
  virtualHostStyle: boolean;
  accessKeyId: string;
  secretAccessKey: string;
}

const table = t.object(
  {
    /** A TOML file with `access-key-id` and `secret-access-key`. */
    'credential-file': t.string({ minLength: 1 }),
    bucket: t.string({ minLength: 1 }),
    /** `http://` or `https://`, host and port. */
    uri: t.string({ minLength: 1 }),
    'virtual-host-style': t.boolean({ default: false }),
  },
  { title: 'toml parse failed' },
);

/** Reads the table `[content-s3]` of the broker configuration, and the file of credentials it names (docs/protocol/content.md §4.3). EINVAL, with the reason. */
export function readS3Conf(given: unknown): S3Conf {
  if (given === undefined) throw invalid('toml parse failed: [content-s3] is required');
  const { bucket, uri, 'credential-file': file, 'virtual-host-style': virtualHostStyle } = table.parse(given);
  const endpoint = readEndpoint(uri);
  if (virtualHostStyle) checkHostname(`${bucket}.${endpoint.hostname}`);
  return { endpoint, bucket, virtualHostStyle, ...readCredentials(file) };
}

function readEndpoint(uri: string): URL {
  let url: URL;
  try {
    url = new URL(uri);
  } catch (e) {
    throw invalid('failed to parse uri', e);
  }
  if (!/^https?:$/.test(url.protocol)) throw invalid('failed to parse uri');
  if (url.hostname === '') throw invalid('failed to form hostname');
  return new URL(url.origin);
}

function checkHostname(hostname: string): void {
  if (!/^[a-z0-9.-]{1,253}$/i.test(hostname)) throw invalid('failed to form hostname');
}

function readCredentials(file: string): { accessKeyId: string; secretAccessKey: string } {
  let credentials: Readonly<Record<string, unknown>>;
  try {
    credentials = parse(fs.readFileSync(file, 'utf8'));
  } catch (e) {
    throw invalid(`toml parse failed: ${file}: ${errorText(e).split('\n')[0]}`, e);
  }
  const [secretAccessKey, accessKeyId] = [credentials['secret-access-key'], credentials['access-key-id']];
  if (typeof secretAccessKey !== 'string') throw invalid('failed to parse secret key');
  if (typeof accessKeyId !== 'string') throw invalid('failed to parse access key');
  return { accessKeyId, secretAccessKey };
}

function invalid(text: string, cause?: unknown): FluxError {
  return new FluxError('EINVAL', text, { cause });
}
