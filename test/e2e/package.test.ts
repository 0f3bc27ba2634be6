import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { plainEnvironment, root, runProgram } from '../support/shell';

// A program outside the repository, which finds the installation as the package `flux` in node_modules.
let folder: string;
beforeEach(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-author-'));
  fs.mkdirSync(path.join(folder, 'node_modules'));
  fs.symlinkSync(root, path.join(folder, 'node_modules/flux'));
});
afterEach(() => fs.rmSync(folder, { recursive: true }));

async function output(name: string, program: string): Promise<string> {
  fs.writeFileSync(path.join(folder, name), program);
  const { stdout, stderr } = await runProgram([process.execPath, name], { cwd: folder, env: plainEnvironment(folder) });
  expect(stderr).toBe('');
  return stdout;
}

test('the faces of the package are of one piece, for ESM and CommonJS', async () => {
  const program = `
    import { createRequire } from 'node:module';
    import { FluxError } from 'flux';
    import { decodeBase64 } from 'flux/internal';
    const caught = (action) => { try { action(); } catch (e) { return e; } };
    console.log(caught(() => decodeBase64('?')) instanceof FluxError, createRequire(import.meta.url)('flux').FluxError === FluxError);`;
  expect(await output('faces.mjs', program)).toBe('true true\n');
});

test('an instance of flux/testing serves a module that was made with flux, and its errors are those of flux', async () => {
  const program = `
    import { defineModule, FluxError, method, NO_RESPONSE, service, t } from 'flux';
    import { testInstance } from 'flux/testing';
    const table = service('twice', {
      now: method({ role: 'user', request: t.object({ n: t.int() }), response: t.object({ n: t.int() }) }),
      later: method({ role: 'user' }),
    });
    const later = (_, request) => { setImmediate(() => request.respond({ later: true })); return NO_RESPONSE; };
    const module = defineModule({ serves: table, api: 1, main: () => ({ now: ({ n }) => ({ n: 2 * n }), later }) });
    const instance = await testInstance({ modules: [module] });
    const error = await instance.flux.rpc('twice.thrice').catch((e) => e);
    console.log(await instance.flux.call(table.now, { n: 4 }), await instance.flux.rpc('twice.later'), error instanceof FluxError);
    await instance.stop();`;
  expect(await output('instance.mjs', program)).toBe('{ n: 8 } { later: true } true\n');
});
