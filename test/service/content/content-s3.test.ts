import { createHash, createHmac } from 'node:crypto';
import dns from 'node:dns';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { blobrefOf, Content, type EncodableObject } from '../../../core';
import { type TestInstance, testInstance } from '../../../core/testing';
import { logLine } from '../../support/log-lines';
import { type S3Server, startS3Server } from '../../support/s3-server';

const failsWith = (code: string, text?: string) => expect.objectContaining({ code, ...(text === undefined ? {} : { text }) });

type LookupAll = (host: string, options: object, done: (error: null, addresses: dns.LookupAddress[]) => void) => void;

let scratch: string;
let credentials: string;
let server: S3Server;
beforeAll(async () => {
  scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-test-'));
  server = await startS3Server(path.join(scratch, 's3'));
  credentials = path.join(scratch, 'credentials');
  fs.writeFileSync(credentials, server.credentials);
});
afterAll(async () => {
  await server.close();
  fs.rmSync(scratch, { recursive: true });
});

const tableOf = (changes: EncodableObject = {}) => ({ 'credential-file': credentials, bucket: 'blobs', uri: server.uri, ...changes });

async function withS3(table: EncodableObject | undefined, use: (instance: TestInstance) => Promise<void>): Promise<void> {
  const instance = await testInstance({ modules: ['content'], config: table ? { 'content-s3': table } : {} });
  try {
    await use(instance);
  } finally {
    await instance.stop();
  }
}

/** An HTTP server that answers each request with the next of these, the last of them for ever. */
async function answering(
  answers: readonly { status: number; code?: string }[],
  use: (uri: string, requests: http.IncomingMessage[]) => Promise<void>,
): Promise<void> {
  const requests: http.IncomingMessage[] = [];
  const server = http.createServer((request, response) => {
    const { status, code } = answers[Math.min(requests.length, answers.length - 1)]!;
    requests.push(request);
    request.resume();
    response.writeHead(status).end(code ? `<?xml version="1.0"?><Error><Code>${code}</Code></Error>` : '');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

const failingLoad = (table: EncodableObject | undefined, code: string, text: string) =>
  withS3(table, async (instance) => {
    await expect(instance.load(0, 'content-s3')).rejects.toEqual(failsWith(code, text));
    await logLine(instance.flux, text);
  });

test('blobs and checkpoints are objects of the bucket, and found again by the next instance', async () => {
  await withS3(tableOf(), async (instance) => {
    await instance.load(0, 'content-s3');
    const content = new Content(instance.flux);
    await content.store(Buffer.from('kept'));
    await content.flush();
    await instance.flux.rpc('kvs-checkpoint.put', { key: 'kvs-primary', value: 'sha1-1' }, { nodeid: 0 });
    await expect(instance.flux.getattr('content.backing-path')).rejects.toEqual(failsWith('ENOENT'));
  });
  await withS3(tableOf(), async (instance) => {
    await instance.load(0, 'content-s3');
    expect((await new Content(instance.flux).load(blobrefOf('kept'))).toString()).toBe('kept');
    expect(await instance.flux.rpc('kvs-checkpoint.get', { key: 'kvs-primary' }, { nodeid: 0 })).toEqual({ value: 'sha1-1' });
    for (const key of ['', '.', '..', 'a/b'])
      for (const method of ['get', 'put'])
        await expect(instance.flux.rpc(`kvs-checkpoint.${method}`, { key, value: '' }, { nodeid: 0 })).rejects.toEqual(
          failsWith('EINVAL', 'invalid key'),
        );
  });
});

test.each([
  ['no table', undefined, 'toml parse failed: [content-s3] is required'],
  ['an unknown key', { frob: 1 }, 'toml parse failed: frob: unknown key'],
  ['no bucket', { bucket: undefined }, 'toml parse failed: bucket: is required'],
  ['a style that is no boolean', { 'virtual-host-style': 'yes' }, 'toml parse failed: virtual-host-style: expected boolean, got "yes"'],
  ['a uri that is none', { uri: 'nonsense' }, 'failed to parse uri'],
  ['a uri of another scheme', { uri: 'ftp://host' }, 'failed to parse uri'],
  ['a bucket that is no part of a host name', { 'virtual-host-style': true, bucket: 'a b' }, 'failed to form hostname'],
  ['no credentials', { 'credential-file': '/nonexistent' }, 'toml parse failed: /nonexistent: No such file or directory'],
])('%s fails the load', async (_, changes, text) => {
  await failingLoad(changes && tableOf(changes), 'EINVAL', `content-s3 parsing config file: ${text}`);
});

test.each([
  ['access-key-id = "x"', 'failed to parse secret key'],
  ['secret-access-key = "x"', 'failed to parse access key'],
])('credentials %s are not enough', async (text, reason) => {
  const file = path.join(scratch, 'half');
  fs.writeFileSync(file, text);
  await failingLoad(tableOf({ 'credential-file': file }), 'EINVAL', `content-s3 parsing config file: ${reason}`);
});

test('a server that is not there is ECONNREFUSED', async () => {
  await failingLoad(tableOf({ uri: 'http://127.0.0.1:1' }), 'ECONNREFUSED', 'FailedToConnect');
});

test('credentials that nobody knows are ECONNREFUSED, with the reason', async () => {
  const file = path.join(scratch, 'wrong');
  fs.writeFileSync(file, 'access-key-id = "nobody"\nsecret-access-key = "wrong"\n');
  await failingLoad(tableOf({ 'credential-file': file }), 'ECONNREFUSED', 'ErrorInvalidAccessKeyId');
});

test('requests are signed: AWS Signature Version 4, the payload included', async () => {
  await answering([{ status: 200 }], async (uri, requests) => {
    await withS3(tableOf({ uri }), async (instance) => {
      await instance.load(0, 'content-s3');
      await new Content(instance.flux, { bypassCache: true }).store(Buffer.from('hello'));
    });
    const { method, url, headers } = requests[1]!;
    const [, day, signature] = /^AWS4-HMAC-SHA256 Credential=S3RVER\/(\d+)\/us-east-1\/s3\/aws4_request, .*Signature=(\w+)$/.exec(
      headers.authorization!,
    )!;
    const date = headers['x-amz-date'] as string;
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest();
    const signed = { host: headers.host, 'x-amz-content-sha256': sha256('hello'), 'x-amz-date': date };
    const lines = Object.entries(signed).map(([name, value]) => `${name}:${value}\n`);
    const canonical = [method, url, '', lines.join(''), Object.keys(signed).join(';'), sha256('hello')].join('\n');
    const text = ['AWS4-HMAC-SHA256', date, `${day}/us-east-1/s3/aws4_request`, sha256(canonical)].join('\n');
    const key = [day!, 'us-east-1', 's3', 'aws4_request'].reduce<string | Buffer>(hmac, 'AWS4S3RVER');
    expect(signature).toBe(hmac(key, text).toString('hex'));
    expect(headers['content-length']).toBe('5');
  });
});

test('a server that is busy is asked again, five times at most', async () => {
  await answering([{ status: 503, code: 'SlowDown' }, { status: 500 }, { status: 200 }], async (uri, requests) => {
    await withS3(tableOf({ uri }), (instance) => instance.load(0, 'content-s3'));
    expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual(Array(3).fill('PUT /blobs'));
  });
  await answering([{ status: 200 }, { status: 503, code: 'SlowDown' }], async (uri, requests) => {
    await withS3(tableOf({ uri }), async (instance) => {
      await instance.load(0, 'content-s3');
      const backing = new Content(instance.flux, { bypassCache: true });
      await expect(backing.load(blobrefOf('x'))).rejects.toEqual(failsWith('EREMOTEIO', 'ErrorSlowDown'));
    });
    expect(requests).toHaveLength(1 + 5);
  });
});

test('what the server refuses is EREMOTEIO with the name of its reason, at once', async () => {
  await answering([{ status: 200 }, { status: 403, code: 'AccessDenied' }], async (uri, requests) => {
    await withS3(tableOf({ uri }), async (instance) => {
      await instance.load(0, 'content-s3');
      const backing = new Content(instance.flux, { bypassCache: true });
      await expect(backing.store(Buffer.from('x'))).rejects.toEqual(failsWith('EREMOTEIO', 'ErrorAccessDenied'));
    });
    expect(requests).toHaveLength(2);
  });
});

test.each(['BucketAlreadyOwnedByYou', 'BucketAlreadyExists', 'AccessDenied'])(
  'a bucket that we may not make (%s) is fine if we may use it',
  async (code) => {
    await answering([{ status: 409, code }, { status: 200 }], async (uri, requests) => {
      await withS3(tableOf({ uri }), (instance) => instance.load(0, 'content-s3'));
      expect(requests.map(({ method, url }) => `${method} ${url}`)).toEqual(['PUT /blobs', 'HEAD /blobs']);
    });
    await answering([{ status: 409, code }, { status: 403 }], (uri) => failingLoad(tableOf({ uri }), 'ECONNREFUSED', `Error${code}`));
  },
);

test('in virtual host style the bucket is a part of the host', async () => {
  const found: LookupAll = (_host, _options, done) => done(null, [{ address: '127.0.0.1', family: 4 }]);
  await answering([{ status: 200 }], async (uri, requests) => {
    const { port } = new URL(uri);
    const lookup = jest.spyOn(dns, 'lookup').mockImplementation(found as unknown as typeof dns.lookup);
    try {
      await withS3(tableOf({ uri: `http://s3.example:${port}`, 'virtual-host-style': true }), (instance) => instance.load(0, 'content-s3'));
    } finally {
      lookup.mockRestore();
    }
    expect(requests[0]!.headers.host).toBe(`blobs.s3.example:${port}`);
    expect(requests[0]!.url).toBe('/');
  });
});

test('a reload checks its table, and changes nothing', async () => {
  await withS3(tableOf(), async (instance) => {
    await instance.load(0, 'content-s3');
    const reload = (table: object) => instance.flux.rpc('content-s3.config-reload', { 'content-s3': table });
    await expect(reload(tableOf({ uri: 'nonsense' }))).rejects.toEqual(
      failsWith('EINVAL', 'content-s3 parsing config file: failed to parse uri'),
    );
    await reload(tableOf({ bucket: 'other' }));
    await logLine(instance.flux, 'config-reload: changes will not take effect until next flux restart');
  });
});
