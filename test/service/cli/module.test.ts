import fs from 'node:fs';
import path from 'node:path';
import module from '../../../cli/commands/module';
import type { ModuleContext } from '../../../core/plugin';
import { type TestInstance, testInstance } from '../../../core/testing';
import { type CommandResult, runCli } from '../../support/command';

let t: TestInstance;
beforeAll(async () => {
  t = await testInstance({ size: 2, connectors: true, modules: ['heartbeat'] });
});
afterAll(() => t.stop());

const run = (...argv: string[]): Promise<CommandResult> =>
  runCli(module, argv, { env: { FLUX_URI: t.uri(), FLUX_MODULE_PATH: '/nonexist' } });
const refusal = (stderr: string) => ({ status: 1, stdout: '', stderr });

test('a rank that is no number is refused before anything is asked', async () => {
  for (const name of ['load', 'remove', 'reload']) {
    expect(await run(name, '-r', 'x', 'heartbeat')).toEqual(
      refusal(`flux-module ${name}: ${name}: Option 'rank' requires an integer argument\n`),
    );
  }
});

test('stats takes the types int and double', async () => {
  expect(await run('stats', '-t', 'float', 'heartbeat')).toEqual(refusal('flux-module: invalid type: float: use int or double\n'));
  expect((await run('stats', '-R', '-p', 'maxrss', '-t', 'double', '-s', '0', 'heartbeat')).stdout).toBe('0\n');
  expect((await run('stats', '-R', '-p', 'utime', '-t', 'int', '-s', '0', 'heartbeat')).stdout).toBe('0\n');
  expect((await run('stats', '-t', 'double', 'heartbeat')).stdout).toBe('0.000000\n');
});

describe('a module of a file', () => {
  const write = (name: string, text: string) => {
    const file = path.join(t.rundir, name);
    fs.writeFileSync(file, text);
    return file;
  };
  const source = (definition: string) =>
    `const { defineModule, FluxError, t } = require('flux');\nmodule.exports = defineModule({ ${definition} });\n`;
  const loaded = async () => (await t.flux.rpc<{ mods: { name: string }[] }>('broker.lsmod')).mods.map(({ name }) => name);

  test('has the name of its definition: for info, load, reload and in errors', async () => {
    const file = write('file.js', source(`name: 'other', api: 1, main() {}`));
    expect((await run('info', file)).stdout).toMatch(new RegExp(`^Module name:  other\\nModule path:  ${file}\\nSHA1`));
    expect(await run('load', file)).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(await run('load', file)).toEqual(refusal('flux-module: broker.insmod: other module/service is in use\n'));
    expect(await run('reload', file)).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(await loaded()).toContain('other');
    expect(await run('remove', file)).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(await run('reload', file)).toEqual(refusal('flux-module: broker.rmmod other: No such file or directory\n'));
    expect(await run('reload', '-f', file)).toEqual({ status: 0, stdout: '', stderr: '' });
    await run('remove', 'other');
  });

  test('that belongs to another service is loaded by that', async () => {
    const file = write('plain.js', source(`name: 'parent.child', api: 1, main() {}`));
    expect(await run('load', file)).toEqual(refusal('flux-module: parent.insmod: Function not implemented\n'));
    const asked: unknown[] = [];
    const main = (m: ModuleContext<unknown, unknown>) => void m.serve('insmod', (payload) => void asked.push(payload));
    await t.load(0, { name: 'parent', api: 1, main });
    expect(await run('load', file, 'a=b')).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(asked).toEqual([{ path: file, args: ['a=b'] }]);
  });

  test('with a service that no request could reach is refused with the reason', async () => {
    const file = write('dot.js', source(`name: 'dot', api: 1, services: ['a.b'], main() {}`));
    const reason = "'a.b' is no name of a service: it is empty or has a dot";
    expect(await run('load', file)).toEqual(refusal(`flux-module: broker.insmod: ${reason}\n`));
    expect(await loaded()).not.toContain('dot');
  });

  test.each([
    ['syntax.ts', 'const = 5;\n', /^FILE:1: \S/],
    ['noapi.js', source(`name: 'x', main() {}`), /^FILE: the plugin has no `api`/],
    ['c.so', '\x7fELF', /^FILE is a C plugin; see docs\/migration\.md$/],
  ])('that can not be loaded is refused with the reason: %s', async (name, text, reason) => {
    const file = write(name, text);
    for (const command of ['load', 'info', 'reload']) {
      const { status, stderr } = await run(command, file);
      expect(status).toBe(1);
      expect(
        stderr
          .replace(/^flux-module: /, '')
          .replace(file, 'FILE')
          .trimEnd(),
      ).toMatch(reason);
    }
  });

  test.each([0, 1])('that fails on rank %i says so here', async (rank) => {
    const picky = write('picky.js', source(`name: 'picky', api: 1, args: t.object({ max: t.int() }), main() {}`));
    expect(await run('load', '-r', String(rank), picky, 'max=x')).toEqual(
      refusal('flux-module: broker.insmod: picky: max: expected integer, got "x"\n'),
    );
    const tired = write('tired.js', source(`name: 'tired', api: 1, main() { throw new FluxError('EBUSY', 'not today'); }`));
    expect(await run('load', '-r', String(rank), tired)).toEqual(refusal('flux-module: broker.insmod: not today\n'));
  });
});
