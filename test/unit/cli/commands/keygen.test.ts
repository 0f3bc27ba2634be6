import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import 'zeromq'; // keeps a descriptor from its loading on: not this test's
import keygen from '../../../../cli/commands/keygen';
import { readCertificate } from '../../../../core/formats/certificate';
import { runCli } from '../../../support/command';

const usage = 'Usage: flux-keygen PATH\n';

test('a certificate is written, a new one each time', async () => {
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-keygen-'));
  const keys = new Set<string>();
  for (const name of ['a', 'b', 'b']) {
    const file = path.join(dir, name);
    expect(await runCli(keygen, [file])).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(readCertificate(file).name).toBe(os.hostname());
    keys.add(readCertificate(file).secretKey);
  }
  expect(keys.size).toBe(3);
  fs.rmSync(dir, { recursive: true });
});

test('without a path it only warns', async () => {
  const stderr = 'flux-keygen: WARNING: add PATH argument to save generated certificate\n';
  expect(await runCli(keygen, [])).toEqual({ status: 0, stdout: '', stderr });
});

test('it takes one path and no options', async () => {
  for (const argv of [['a', 'b'], ['-h'], ['--name=x', 'a']])
    expect(await runCli(keygen, argv)).toEqual({ status: 1, stdout: '', stderr: usage });
});

test('a path that can’t be written is named', async () => {
  const stderr = 'flux-keygen: zcert_save_secret /nonexist/k: No such file or directory\n';
  expect(await runCli(keygen, ['/nonexist/k'])).toEqual({ status: 1, stdout: '', stderr });
});
