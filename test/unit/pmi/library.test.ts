import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { openPmi, type PmiClient, PmiSingleton } from '../../../core/pmi';
import { findPmiLibrary, libraryPlaces } from '../../../core/pmi/find-library';
import { closeFd, createSocketPair } from '../../../core/sys/fds';
import { isInstalled, testWith } from '../../e2e/processes';
import { compilePmiLibrary } from '../../support/pmi-library';

const compiler = isInstalled('cc');
const withCompiler = (name: string, body: () => Promise<void>) => testWith(compiler, 'there is no C compiler', name, body);

let dir: string;
let library: string;
let own: string;
beforeAll(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'pmi-'));
  if (!compiler) return;
  library = await compilePmiLibrary(path.join(dir, 'launcher'));
  own = await compilePmiLibrary(path.join(dir, 'own'), { name: 'own', own: true });
});
afterAll(() => fs.rmSync(dir, { recursive: true }));

/** What this machine has is not looked at: only LD_LIBRARY_PATH. */
const findLibrary = (env: Readonly<Record<string, string | undefined>>) =>
  findPmiLibrary(env, (env) => libraryPlaces(env).filter((place) => place.startsWith(dir)));
const open = (env: Record<string, string>, trace: (line: string) => void = () => {}): Promise<PmiClient> =>
  openPmi(env, trace, { findLibrary });

describe("a launcher's libpmi.so", () => {
  withCompiler('is asked all that the wire protocol is', async () => {
    const pmi = await open({ PMI_LIBRARY: library });
    await pmi.init();
    expect([pmi.rank, pmi.size, await pmi.universeSize(), await pmi.appnum()]).toEqual([0, 1, 7, 5]);
    expect(await pmi.maxes()).toEqual({ kvsname: 32, key: 64, value: 64 });
    expect(await pmi.kvsname()).toBe('of-library');
    expect(await pmi.get('flux.instance-level')).toBe('3');
    await expect(pmi.get('other')).rejects.toMatchObject({ pmiCode: 4, message: 'invalid key argument' });
    await pmi.put('key', '{"a":"b c"}');
    await expect(pmi.get('key')).rejects.toMatchObject({ pmiCode: 4 });
    await pmi.barrier();
    expect(await pmi.get('key')).toBe('{"a":"b c"}');
    await pmi.finalize();
  });

  withCompiler('is found in LD_LIBRARY_PATH, by the name of a link too', async () => {
    expect(await (await open({ LD_LIBRARY_PATH: `/nowhere::${path.dirname(library)}` })).kvsname()).toBe('of-library');
    const runtime = path.join(dir, 'runtime');
    fs.mkdirSync(runtime);
    fs.symlinkSync(library, path.join(runtime, 'libpmi.so.0'));
    expect(await (await open({ LD_LIBRARY_PATH: runtime })).kvsname()).toBe('of-library');
  });

  withCompiler("that is Flux's own is passed over, wherever it is", async () => {
    const folders = `${path.dirname(own)}:${path.dirname(library)}`;
    expect(await (await open({ LD_LIBRARY_PATH: folders })).kvsname()).toBe('of-library');
    expect(await open({ LD_LIBRARY_PATH: path.dirname(own), PMI_LIBRARY: own })).toBeInstanceOf(PmiSingleton);
  });

  withCompiler('comes after PMI_FD, and before the singleton', async () => {
    const [ours, theirs] = createSocketPair();
    const wire = await open({ PMI_FD: String(theirs), PMI_RANK: '3', PMI_SIZE: '8', PMI_LIBRARY: library });
    expect([wire.rank, wire.size]).toEqual([3, 8]);
    wire.close();
    closeFd(ours);
  });

  withCompiler('comes in where PMI_FD is no socket: it came down from a launcher further up', async () => {
    const pmi = await open({ PMI_FD: '2147483647', PMI_RANK: '3', PMI_SIZE: '8', PMI_LIBRARY: library });
    expect(await pmi.kvsname()).toBe('of-library');
  });

  withCompiler('is not asked in a batch script or the shell of salloc, which is one process whatever its job may start', async () => {
    expect(await open({ PMI_LIBRARY: library, SLURM_JOB_ID: '1', SLURM_NTASKS: '4', SLURM_PROCID: '0' })).toBeInstanceOf(PmiSingleton);
    const interactive = { SLURM_STEP_ID: '4294967290', SLURM_STEP_NUM_TASKS: '1', SLURM_NPROCS: '4' };
    expect(await open({ PMI_LIBRARY: library, SLURM_JOB_ID: '1', ...interactive })).toBeInstanceOf(PmiSingleton);
    expect(await open({ PMI_LIBRARY: library, SLURM_JOB_ID: '1', SLURM_STEP_ID: '0' })).not.toBeInstanceOf(PmiSingleton);
  });

  withCompiler('is traced by FLUX_PMI_DEBUG', async () => {
    const lines: string[] = [];
    const pmi = await open({ PMI_LIBRARY: library, FLUX_PMI_DEBUG: '1' }, (line) => lines.push(line));
    await pmi.barrier();
    expect(lines).toEqual(['pmi-debug-dlopen[0]: barrier () = operation completed successfully']);
  });

  test('that PMI_LIBRARY names wrongly is an error, elsewhere it is passed over', async () => {
    const text = path.join(dir, 'libpmi.so');
    fs.writeFileSync(text, 'no library');
    await expect(open({ PMI_LIBRARY: '/nowhere/libpmi.so' })).rejects.toMatchObject({
      code: 'ELIBACC',
      message: expect.stringMatching(/^PMI_LIBRARY=\/nowhere\/libpmi\.so: .*No such file or directory$/),
    });
    await expect(open({ PMI_LIBRARY: text })).rejects.toMatchObject({ code: 'ELIBACC' });
    await expect(open({ PMI_LIBRARY: 'libc.so.6' })).rejects.toThrow('does not export PMI_Init');
    expect(await open({ LD_LIBRARY_PATH: dir })).toBeInstanceOf(PmiSingleton);
  });
});
