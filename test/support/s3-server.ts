import type { AddressInfo } from 'node:net';

interface S3rver {
  run(): Promise<AddressInfo>;
  close(): Promise<void>;
}
type S3rverConstructor = new (options: { address: string; port: number; silent: boolean; directory: string }) => S3rver;

/** An S3 server on this machine, that keeps its objects in a folder. */
export interface S3Server {
  /** `http://127.0.0.1:PORT` */
  readonly uri: string;
  /** Credential file for content-s3 that it accepts. */
  readonly credentials: string;
  close(): Promise<void>;
}

/** Starts the emulator; its one account has fixed keys. */
export async function startS3Server(directory: string): Promise<S3Server> {
  const S3rver = require('s3rver') as S3rverConstructor;
  const server = new S3rver({ address: '127.0.0.1', port: 0, silent: true, directory });
  const { port } = await server.run();
  return {
    uri: `http://127.0.0.1:${port}`,
    credentials: 'access-key-id = "S3RVER"\nsecret-access-key = "S3RVER"\n',
    close: () => server.close(),
  };
}
