// dist/: the installation. Bundles are CommonJS for Node 20; native packages stay external everywhere, `flux` in what plugins are.
//
//   node.sh                    starts Node, for `flux` and libexec/flux-NAME
//   run.js                     starts a bundle with V8's cached data beside it (NAME.js, NAME.cache)
//   cli/front.js, cli/NAME.js  the front end, one minified bundle per command
//   broker.js, shell.js, shell-host.js   programs flux-broker, flux-shell and flux-shell-host
//   index.js, internal.js, testing.js   the package, a file for each face, and the chunks core-HASH.js that they share
//   module-worker.js           the program of a broker module's thread, thread.js
//   compiler.js                the compiler of plugins in TypeScript and ESM, loaded when one of those is
//   plugins/ jobtap/ shell-plugins/   one readable bundle per plugin
//   libexec/flux-NAME          each command and program as an executable
//   initrc/ help.d/ man/       data
//   lib/libpmi.so              the PMI library (build-libpmi.mjs)
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import * as esbuild from 'esbuild';
import { buildLibpmi } from './build-libpmi.mjs';
import { root, walk } from './build-tree.mjs';
import { typeFiles } from './build-types.mjs';
import { fengariPlugin } from './fengari.mjs';

const dist = path.join(root, 'dist');
const require = createRequire(import.meta.url);
const native = ['koffi', 'zeromq', 'better-sqlite3', 'lz4-napi', 'esbuild'];
const programs = {
  broker: 'core/broker/main.ts',
  shell: 'core/shell/program/main.ts',
  'shell-host': 'core/shell/program/host-main.ts',
  thread: 'core/broker/modules/module-worker.ts',
};
const libraries = { compiler: 'core/plugin/compiler.ts' };
const faces = { index: 'core/index.ts', internal: 'core/internal.ts', testing: 'core/testing.ts' };
const executables = ['broker', 'shell', 'shell-host'];
// The front end's own: no executable of that name would ever be run.
const builtins = new Set(
  'config content dmesg env getattr heaptrace help hwloc lsattr overlay proxy python relay setattr version'.split(' '),
);

export async function buildDist() {
  const written = new Set(['package.json', 'run.js', 'node.sh', ...typeFiles]);
  // V8 knows a script by its length: data of the last build must not meet a bundle of this one.
  for (const file of walk(dist)) if (file.endsWith('.cache')) fs.rmSync(file);
  const commands = entriesOf('cli/commands');
  const common = {
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    external: native,
    logLevel: 'warning',
    supported: { 'dynamic-import': false }, // becomes require(), which works in a compiled function too
    absWorkingDir: root,
  };
  const bundle = async (entries, out, options) => {
    const list = Object.entries(entries).map(([name, file]) => ({ in: file, out: path.join(out, name) }));
    if (list.length === 0) return;
    const plugins = [asOwnBundle('compiler', out), fengariPlugin];
    const result = await esbuild.build({ ...common, plugins, ...options, entryPoints: list, outdir: dist, metafile: true });
    for (const file of Object.keys(result.metafile.outputs)) written.add(path.relative(dist, path.join(root, file)));
  };
  await Promise.all([
    bundle({ front: 'cli/main.ts', ...commands }, 'cli', { minify: true, keepNames: false, legalComments: 'none' }),
    bundlePackage(common, written),
    bundle({ ...programs, ...libraries }, '.', { sourcemap: true, minifyWhitespace: true, legalComments: 'none' }),
    ...['plugins', 'jobtap', 'shell-plugins'].map((room) =>
      bundle(entriesOf(room), room, { external: [...native, 'flux', 'flux/internal', 'flux/testing'] }),
    ),
  ]);
  const exports = { '.': './index.js', './internal': './internal.js', './testing': './testing.js' };
  writeFile('package.json', `${JSON.stringify({ name: 'flux', type: 'commonjs', exports })}\n`);
  fs.copyFileSync(path.join(root, 'scripts/run.cjs'), path.join(dist, 'run.js'));
  fs.copyFileSync(path.join(root, 'scripts/node.sh'), path.join(dist, 'node.sh'));
  for (const name of [...Object.keys(commands).filter((n) => !builtins.has(n)), ...executables]) written.add(writeProgram(name));
  written.add(writeFile('program.js', "require('./run.js').program(process.argv[2], process.argv.slice(3));\n"));
  written.add(writeFile('module-worker.js', "require('./run.js').load('thread');\n"));
  for (const file of copyData()) written.add(file);
  const libpmi = path.join('lib', 'libpmi.so');
  if (buildLibpmi(path.join(dist, libpmi))) written.add(libpmi);
  written.add(writeHelpList(Object.keys(commands)));
  for (const file of writeCaches(commands)) written.add(file);
  written.add(writeFile('.built', ''));
  removeOthers(written);
  useOnce();
}

/** `require('./NAME')` stays a require(), of the bundle dist/NAME.js: what few need is not read by all. */
function asOwnBundle(name, out) {
  const file = path.relative(path.join(dist, out), path.join(dist, `${name}.js`));
  return {
    name: `bundle ${name}`,
    setup(build) {
      build.onResolve({ filter: new RegExp(`^\\./${name}$`) }, () => ({ path: file.startsWith('.') ? file : `./${file}`, external: true }));
    },
  };
}

/** The entry points of a folder: NAME.ts, or NAME/index.ts. Helpers (names that begin with `_`) are none. */
function entriesOf(folder) {
  const entries = {};
  const dir = path.join(root, folder);
  for (const entry of fs.existsSync(dir) ? fs.readdirSync(dir, { withFileTypes: true }) : []) {
    if (entry.name.startsWith('_') || entry.name.endsWith('.d.ts')) continue;
    const index = path.join(folder, entry.name, 'index.ts');
    if (entry.isDirectory() && fs.existsSync(path.join(root, index))) entries[entry.name] = index;
    else if (entry.isFile() && entry.name.endsWith('.ts')) entries[entry.name.slice(0, -3)] = path.join(folder, entry.name);
  }
  return entries;
}

function writeFile(name, text, mode = 0o644) {
  const file = path.join(dist, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
  fs.chmodSync(file, mode);
  return name;
}

/**
 * The package: an entry for each face, over chunks that they share, so that a class is one whichever face it came by. esbuild splits ESM alone; each
 * file becomes CommonJS afterwards, with the list that tells importers in ESM its names before it is run.
 */
async function bundlePackage(common, written) {
  const folder = path.join(root, '.cache/package');
  fs.rmSync(folder, { recursive: true, force: true });
  const plugins = [asOwnBundle('compiler', '.'), fengariPlugin];
  const split = {
    ...common,
    plugins,
    entryPoints: faces,
    outdir: folder,
    format: 'esm',
    splitting: true,
    chunkNames: 'core-[hash]',
    sourcemap: 'inline',
  };
  await esbuild.build({ ...split, minifyWhitespace: true, legalComments: 'none' });
  const entryPoints = [...walk(folder)];
  const { bundle, external, ...options } = common;
  await esbuild.build({ ...options, entryPoints, outdir: dist, sourcemap: true, minifyWhitespace: true });
  for (const file of entryPoints) written.add(path.basename(file)).add(`${path.basename(file)}.map`);
}

function writeProgram(name) {
  const text = `#!/usr/bin/env -S -u LC_ALL _flux_lc_all=\${LC_ALL} /bin/bash -p
_flux_self=$0
[[ -h $_flux_self ]] && _flux_self=$(readlink -f "$_flux_self")
case $_flux_self in */*) ;; *) _flux_self=./$_flux_self ;; esac
. "\${_flux_self%/*}/../node.sh"
_flux_node "\${_flux_self%/*}/../program.js" ${name} "$@"
`;
  return writeFile(path.join('libexec', `flux-${name}`), text, 0o755);
}

function* copyData() {
  for (const [from, to] of [
    ['initrc', 'initrc'],
    ['docs/man', 'man'],
  ]) {
    for (const file of walk(path.join(root, from))) {
      if (file.endsWith('.ts')) continue;
      const name = path.join(to, path.relative(path.join(root, from), file));
      fs.mkdirSync(path.dirname(path.join(dist, name)), { recursive: true });
      fs.copyFileSync(file, path.join(dist, name));
      yield name;
    }
  }
}

/** The list of commands that `flux help` prints, from the commands' own declarations. */
function writeHelpList(names) {
  const load = (name) => require(path.join(dist, 'cli', `${name}.js`));
  for (const name of names) delete require.cache[path.join(dist, 'cli', `${name}.js`)];
  const entries = names.includes('help') ? load('help').helpEntries(names.map((name) => load(name).default).filter(Boolean)) : [];
  return writeFile('help.d/core.json', `${JSON.stringify(entries, null, 1)}\n`);
}

/** V8's cached data of each bundle, taken when the bundle has been loaded. */
function* writeCaches(commands) {
  const bundles = ['cli/front', ...Object.keys(commands).map((name) => `cli/${name}`), ...Object.keys(programs)];
  execFileSync(process.execPath, [path.join(root, 'scripts/write-caches.cjs'), dist, ...bundles], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  for (const name of bundles) yield `${name}.cache`;
}

// What each of these has used is compiled in its cache afterwards: a broker's start takes 10 to 15 % less.
const commonUse = ['getattr rank', 'mini submit true', 'mini run true', 'jobs -a', 'job list', 'kvs dir', 'module list', 'exec -r0 true'];

/** Runs an instance and common commands in it, which write their caches (run.cjs). An installation that can't do that works, too. */
function useOnce() {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(FLUX|PMI|SLURM)_/.test(name)));
  const line = commonUse.map((command) => `flux ${command}`).join('; ');
  const { status, signal, error, stderr } = spawnSync(process.execPath, [path.join(dist, 'run.js'), 'start', line], {
    env: { ...env, FLUX_WRITE_CACHES: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 60_000,
    encoding: 'utf8',
  });
  if (status !== 0)
    process.stderr.write(`flux: the new installation can't start an instance: ${error ?? signal ?? `status ${status}`}\n${stderr}`);
}

/** What an earlier build left and this one did not write: a command whose source is gone must not go on existing. */
function removeOthers(written) {
  for (const file of walk(dist)) if (!written.has(path.relative(dist, file))) fs.rmSync(file);
}
