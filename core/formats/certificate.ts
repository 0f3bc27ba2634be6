import fs from 'node:fs';
import { FluxError, toFluxError } from '../sys/errors';
import { localStamp } from '../sys/local-time';
import { isCurveKey } from './z85';
import { formatZpl, parseZpl, zplValue } from './zpl';

/**
 * A CURVE certificate: what all brokers of an instance that is configured by files share (flux-keygen(1), docs/protocol/wire.md §7). Keys are Z85.
 */
export interface Certificate {
  publicKey: string;
  secretKey: string;
  /** Name, in logs, of those whom it lets in. */
  name: string;
}

/** Where, by whom and when a certificate was made: `flux keygen` writes it beside the keys. */
export interface CertificateOrigin {
  hostname: string;
  userid: number;
  time: Date;
}

const OWNER_ONLY = 0o600;
const READABLE_BY_OTHERS = 0o044;

/** The text of a certificate file. */
export function formatCertificate({ publicKey, secretKey, name }: Certificate, { hostname, userid, time }: CertificateOrigin): string {
  const stamp = localStamp(time.getTime() / 1000);
  return (
    `#   ****  Generated on ${stamp.replace('T', ' ')} by CZMQ  ****\n` +
    '#   ZeroMQ CURVE **Secret** Certificate\n' +
    '#   DO NOT PROVIDE THIS FILE TO OTHER USERS nor change its permissions.\n\n' +
    formatZpl({
      metadata: { name, time: stamp, userid: String(userid), hostname },
      curve: { 'public-key': publicKey, 'secret-key': secretKey },
    })
  );
}

/** Reads the text of a certificate file. EINVAL: `invalid CURVE certificate`. */
export function parseCertificate(text: string): Certificate {
  try {
    const root = parseZpl(text);
    const publicKey = zplValue(root, 'curve', 'public-key') ?? '';
    const secretKey = zplValue(root, 'curve', 'secret-key') ?? '';
    if (isCurveKey(publicKey) && isCurveKey(secretKey)) return { publicKey, secretKey, name: zplValue(root, 'metadata', 'name') ?? '' };
  } catch (e) {
    throw new FluxError('EINVAL', 'invalid CURVE certificate', { cause: e });
  }
  throw new FluxError('EINVAL', 'invalid CURVE certificate');
}

/**
 * Reads a certificate file. Errors carry the path: `PATH: readable by group/other` (EPERM), `PATH: invalid CURVE certificate` (EINVAL), `PATH: STRERROR`.
 */
export function readCertificate(file: string): Certificate {
  try {
    if (fs.statSync(file).mode & READABLE_BY_OTHERS) throw new FluxError('EPERM', 'readable by group/other');
    return parseCertificate(fs.readFileSync(file, 'utf8'));
  } catch (e) {
    const { code, message } = toFluxError(e);
    throw new FluxError(code, `${file}: ${message}`, { cause: e });
  }
}

/** Writes a certificate file that only its owner can read, whatever was there. Throws the errors of open(2) and write(2). */
export function writeCertificate(file: string, certificate: Certificate, origin: CertificateOrigin): void {
  let fd: number | undefined;
  try {
    fd = fs.openSync(file, 'w', OWNER_ONLY);
    fs.fchmodSync(fd, OWNER_ONLY); // the file may have been there
    fs.writeFileSync(fd, formatCertificate(certificate, origin));
  } catch (e) {
    throw toFluxError(e, 'EIO');
  } finally {
    if (fd !== undefined) fs.closeSync(fd);
  }
}
