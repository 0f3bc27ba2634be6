import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { curveKeyPair } from 'zeromq';
import {
  type Certificate,
  formatCertificate,
  parseCertificate,
  readCertificate,
  writeCertificate,
} from '../../../core/formats/certificate';
import type { FluxError } from '../../../core/sys/errors';

const publicKey = 'B79QFrA&oBu=InZ7%zo(O>Y=VsLUXTeoCRi>sTb<';
const secretKey = '-X3)}<lZ@Jj*F7imxGI*eA$0*Z4I94h5AW:VZ16)';
const certificate: Certificate = { publicKey, secretKey, name: 'host1' };
const origin = { hostname: 'host1', userid: 1000, time: new Date(2021, 11, 6, 19, 31, 5) };

let dir: string;
let file: string;
beforeEach(() => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-cert-'));
  file = path.join(dir, 'cert');
});
afterEach(() => fs.rmSync(dir, { recursive: true }));

test('the file is as czmq writes it', () => {
  expect(formatCertificate(certificate, origin)).toBe(`#   ****  Generated on 2021-12-06 19:31:05 by CZMQ  ****
#   ZeroMQ CURVE **Secret** Certificate
#   DO NOT PROVIDE THIS FILE TO OTHER USERS nor change its permissions.

metadata
    name = "host1"
    time = "2021-12-06T19:31:05"
    userid = "1000"
    hostname = "host1"
curve
    public-key = "${publicKey}"
    secret-key = "${secretKey}"
`);
});

test('a certificate is read as it was written, whatever characters its keys have', () => {
  for (let i = 0; i < 50; i++) {
    const made = { ...curveKeyPair(), name: 'x' };
    expect(parseCertificate(formatCertificate(made, origin))).toEqual(made);
  }
});

test('a file that others may read is refused, by whoever it was made', () => {
  writeCertificate(file, certificate, origin);
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  expect(readCertificate(file)).toEqual(certificate);
  for (const mode of [0o640, 0o604]) {
    fs.chmodSync(file, mode);
    expect(() => readCertificate(file)).toThrow(`${file}: readable by group/other`);
  }
  writeCertificate(file, certificate, origin);
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
});

test('a file that is missing or no certificate is named', () => {
  expect(() => readCertificate(file)).toThrow(`${file}: No such file or directory`);
  for (const text of ['', 'foo bar\n', 'curve\n    public-key = "short"\n    secret-key = "short"\n']) {
    fs.writeFileSync(file, text, { mode: 0o600 });
    expect(() => readCertificate(file)).toThrow(`${file}: invalid CURVE certificate`);
  }
});

test('a place that can’t be written is an error of its own', () => {
  let code = '';
  try {
    writeCertificate(path.join(dir, 'no', 'cert'), certificate, origin);
  } catch (e) {
    code = (e as FluxError).code;
  }
  expect(code).toBe('ENOENT');
});
