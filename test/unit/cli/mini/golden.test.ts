import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import mini from '../../../../cli/commands/mini';
import { runCli } from '../../../support/command';
import { goldenCases, writeFiles } from '../golden-cases';

const groups = ['mini.dry.', 'mini.env.', 'mini.err.', 'mini.batch.', 'mini.alloc.', 'mini.cc.', 'mini.bulk.'];

describe('recorded command lines of flux mini that need no instance', () => {
  let home: string;
  beforeEach(() => {
    home = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-mini-test-'));
  });
  afterEach(() => fs.rmSync(home, { recursive: true, force: true }));

  // What needs the time of day, or the error of a connection, is left to the tool that runs ./flux.
  const cases = goldenCases(groups).filter(({ name }) => !/begin-time|nocmd-dashdash/.test(name));

  it.each(cases)('$name', async ({ case: one, argv }) => {
    writeFiles(home, one);
    const cwd = one.cmd.startsWith('cd / ') ? '/' : home;
    const words = argv.map((word) => word.replace('$HOME', home));
    const result = await runCli(mini, words, { cwd, env: { ...process.env, ...one.env, HOME: home }, stdin: one.stdin ?? '' });
    expect(result.status).toBe(one.exit);
    if (one.stdout_mode === 'json')
      expect(
        result.stdout
          .trim()
          .split('\n')
          .map((text) => JSON.parse(text)),
      ).toEqual(one.stdout_json);
    else if (one.stdout_mode === undefined) expect(result.stdout).toBe(one.stdout ?? '');
    if (one.stderr_mode === undefined) expect(result.stderr).toBe(one.stderr ?? '');
    if (one.stderr_mode === 'last-line') expect(result.stderr.trimEnd().split('\n').at(-1)).toBe(one.stderr);
  });
});
