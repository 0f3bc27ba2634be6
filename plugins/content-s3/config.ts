import fs from 'node:fs';
import { errorText, FluxError } from 'flux';
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

type Table = Readonly<Record<string, unknown>>;

/** Reads the table `[content-s3]` of the broker configuration, and the file of credentials it names (contract: content.md, 4.3). EINVAL, with the reason. */
export function readS3Conf(table: unknown): S3Conf {
  if (!isTable(table)) throw invalid('toml parse failed: [content-s3] is required');
  const keys = readKeys(table, {
    'credential-file': 'string',
    bucket: 'string',
    uri: 'string',
    'virtual-host-style': 'boolean?',
  });
  const endpoint = readEndpoint(keys['uri'] as string);
  const bucket = keys['bucket'] as string;
  const virtualHostStyle = keys['virtual-host-style'] === true;
  if (virtualHostStyle) checkHostname(`${bucket}.${endpoint.hostname}`);
  return { endpoint, bucket, virtualHostStyle, ...readCredentials(keys['credential-file'] as string) };
}

type KeyKind = 'string' | 'boolean?';

/** The keys of a table, all of which are known. */
function readKeys(table: Table, kinds: Readonly<Record<string, KeyKind>>): Table {
  for (const key of Object.keys(table)) if (!Object.hasOwn(kinds, key)) throw invalid(`toml parse failed: ${key}: unknown key`);
  for (const [key, kind] of Object.entries(kinds)) {
    const type = kind.replace('?', '');
    if (table[key] === undefined && kind !== type) continue;
    if (typeof table[key] !== type || table[key] === '') throw invalid(`toml parse failed: ${key}: expected ${type}`);
  }
  return table;
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
  let credentials: Table;
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

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(text: string, cause?: unknown): FluxError {
  return new FluxError('EINVAL', text, { cause });
}
