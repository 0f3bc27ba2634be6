import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type GoldenCase, golden, masked, writeFiles } from '../support/golden-cli';
import { FluxInstance, killRunning, plainEnvironment, type Ran, root, runProgram, shell } from '../support/shell';
import { comparable } from './compare';
import { differingCases } from './exceptions';

/**
 * Declares a test for each recorded command line (test/golden/cli.json) that `select` takes: run by a shell, with ./flux in PATH, in a
 * fresh folder, and compared with what the original printed and returned. Those that need an instance share one of each size.
 */
export function testRecordedCases(select: (one: GoldenCase) => boolean): void {
  const cases = golden.cases.filter(select);
  const instances = new Map<number, FluxInstance>();
  let scratch: string;

  beforeAll(async () => {
    scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'flux-cases-'));
    const sizes = new Set(cases.filter((one) => one.instance > 0 && !one.fresh).map((one) => one.instance));
    for (const size of sizes) instances.set(size, await FluxInstance.start(size, scratch));
  });
  afterEach(killRunning);
  afterAll(async () => {
    await Promise.all([...instances.values()].map((instance) => instance.stop()));
    fs.rmSync(scratch, { recursive: true, force: true });
  });

  for (const one of cases) {
    const reason = differingCases[one.id];
    test(reason === undefined ? one.id : `${one.id} differs: ${reason}`, async () => {
      const { expected, actual } = comparable(one, await run(one));
      if (reason === undefined) expect(actual).toEqual(expected);
      else expect(actual).not.toEqual(expected);
    });
  }

  async function run(one: GoldenCase): Promise<Ran> {
    const cwd = fs.mkdtempSync(path.join(scratch, 'c'));
    writeFiles(cwd, one);
    const instance = one.fresh ? undefined : instances.get(one.instance);
    const env = { ...plainEnvironment(cwd), ...(instance ? { FLUX_URI: instance.uri } : {}), ...environment(one, cwd) };
    const options = { cwd, env, ...(one.stdin === undefined ? {} : { stdin: one.stdin }) };
    const ran = one.fresh ? await runInside(one, options) : await shell(one.cmd, options);
    fs.rmSync(cwd, { recursive: true, force: true });
    const mask = (text: string) => masked(places(text, cwd), one);
    return { ...ran, stdout: mask(ran.stdout), stderr: mask(ran.stderr) };
  }

  const places = (text: string, cwd: string) =>
    [...instances.values()]
      .reduce((masking, { rundir }) => masking.replaceAll(rundir, '@RUNDIR@'), text.replaceAll(cwd, '@CWD@'))
      .replaceAll(root, '@CMDDIR@');
}

/** As the initial program of an instance of its own; the exit code is the line's. */
async function runInside(one: GoldenCase, options: Parameters<typeof shell>[1]): Promise<Ran> {
  fs.writeFileSync(path.join(options.cwd, '.case'), one.cmd);
  const ran = await runProgram(['flux', 'start', `-s${one.instance}`, '/bin/sh', '-c', '. ./.case; echo $? >.rc'], options);
  const code = path.join(options.cwd, '.rc');
  return fs.existsSync(code) ? { ...ran, status: Number(fs.readFileSync(code, 'utf8')) } : ran;
}

/** What the case adds to the environment, or (as undefined) takes from it. */
function environment({ env = {} }: GoldenCase, cwd: string): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).map(([name, value]) => [name, value?.replaceAll('@CWD@', cwd)]));
}
