import { createHash } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import { AwsV4Signer } from 'aws4fetch';
import { FluxError, toFluxError } from 'flux';
import { errno } from 'flux/internal';
import type { S3Conf } from './config';

interface Answer {
  status: number;
  body: Buffer;
}

/** What is sent again when it fails, and how often at most. */
const ATTEMPTS = 5;
const RETRIED: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);
/** Milliseconds before the second attempt; each further one waits twice as long. */
const FIRST_PAUSE = 100;
const MAX_CONNECTIONS = 64;

/** Names that libs3 has for what goes wrong before there is an answer. */
const CONNECTION_ERRORS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'FailedToConnect',
  EHOSTUNREACH: 'FailedToConnect',
  ENETUNREACH: 'FailedToConnect',
  ENOTFOUND: 'NameLookupError',
  EAI_AGAIN: 'NameLookupError',
};

/** One bucket of an S3 server. Errors: ENOENT for a key that isn't there, else EREMOTEIO with the name that libs3 has for the failure. */
export class Bucket {
  readonly #conf: S3Conf;
  readonly #agent: http.Agent;
  readonly #signal: AbortSignal;

  /** Aborting the signal ends requests and pauses that are going on (ECANCELED). */
  constructor(conf: S3Conf, signal: AbortSignal) {
    this.#conf = conf;
    this.#signal = signal;
    setMaxListeners(0, signal); // every request listens
    this.#agent = new (conf.endpoint.protocol === 'https:' ? https : http).Agent({ keepAlive: true, maxSockets: MAX_CONNECTIONS });
  }

  /** Makes the bucket, unless it is there and we may use it. ECONNREFUSED: it can't be had. */
  async create(): Promise<void> {
    try {
      await this.#request('PUT', '');
    } catch (e) {
      const { code, text } = toFluxError(e);
      if (code === 'ECANCELED') throw e;
      // "ours already" is said in several ways, and some may use a bucket but not make one
      if (code === 'EREMOTEIO' && text?.startsWith('Error') && (await this.#exists())) return;
      throw new FluxError('ECONNREFUSED', text, { cause: e });
    }
  }

  async get(key: string): Promise<Buffer> {
    return (await this.#request('GET', key)).body;
  }

  async put(key: string, content: Buffer): Promise<void> {
    await this.#request('PUT', key, content);
  }

  close(): void {
    this.#agent.destroy();
  }

  async #exists(): Promise<boolean> {
    return this.#request('HEAD', '').then(
      () => true,
      () => false,
    );
  }

  async #request(method: string, key: string, body?: Buffer): Promise<Answer> {
    for (let attempt = 1; ; attempt++) {
      const last = attempt === ATTEMPTS;
      let answer: Answer | undefined;
      try {
        answer = await this.#send(method, key, body);
      } catch (e) {
        if (this.#signal.aborted) throw new FluxError('ECANCELED', undefined, { cause: e });
        if (last) throw new FluxError('EREMOTEIO', CONNECTION_ERRORS[codeOf(e)] ?? 'ConnectionFailed', { cause: e });
      }
      if (answer && answer.status < 300) return answer;
      if (answer && (last || !RETRIED.has(answer.status))) throw failure(answer);
      await delay(FIRST_PAUSE * 2 ** (attempt - 1), undefined, { signal: this.#signal }).catch((cause) => {
        throw new FluxError('ECANCELED', undefined, { cause });
      });
    }
  }

  async #send(method: string, key: string, body: Buffer = Buffer.alloc(0)): Promise<Answer> {
    const { accessKeyId, secretAccessKey, endpoint } = this.#conf;
    const url = this.#urlOf(key);
    const signed = await new AwsV4Signer({
      method,
      url: url.href,
      accessKeyId,
      secretAccessKey,
      service: 's3', // the region is read from the host's name, else us-east-1
      headers: {
        'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'),
        ...(method === 'PUT' ? { 'content-length': String(body.length) } : {}),
      },
    }).sign();
    const { request } = endpoint.protocol === 'https:' ? https : http;
    return new Promise<Answer>((resolve, reject) => {
      const options = { method, agent: this.#agent, headers: Object.fromEntries(signed.headers), signal: this.#signal };
      const sent = request(signed.url, options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks) }));
      });
      sent.on('error', reject);
      sent.end(method === 'PUT' ? body : undefined);
    });
  }

  #urlOf(key: string): URL {
    const { endpoint, bucket, virtualHostStyle } = this.#conf;
    const url = new URL(endpoint);
    if (virtualHostStyle) url.hostname = `${bucket}.${url.hostname}`;
    url.pathname = [...(virtualHostStyle ? [] : [bucket]), ...(key === '' ? [] : [key])].map(encodeURIComponent).join('/');
    return url;
  }
}

/** The error of an answer: S3 names it in XML. */
function failure({ status, body }: Answer): FluxError {
  const name = /<Code>(\w+)<\/Code>/.exec(body.toString())?.[1];
  if (name === 'NoSuchKey' || (status === 404 && name === undefined)) return new FluxError('ENOENT');
  return new FluxError('EREMOTEIO', name === undefined ? `HttpError${status}` : `Error${name}`);
}

function codeOf(e: unknown): string {
  const code = (e as NodeJS.ErrnoException).code ?? '';
  return code in errno || code in CONNECTION_ERRORS ? code : '';
}
