// dist/run.js: starts a bundle of this installation with V8's cached data beside it (NAME.js, NAME.cache).
//
//   run.js ARGS              the flux front end
//   program.js NAME ARGS     libexec/flux-NAME, one command as a program: calls program()
//   module-worker.js         the program of a broker module's thread: calls load()
//
// The first two are started by node.sh.
//
// With FLUX_WRITE_CACHES set (scripts/build-dist.mjs), each process writes the cached data of its bundles at its end: what has run by then is
// compiled in it.
'use strict';
const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');
const { createRequire } = require('node:module');

const loaded = new Map();
const fileOf = (name) => path.join(__dirname, `${name}.js`);
const cacheOf = (name) => path.join(__dirname, `${name}.cache`);

/** Exports of the bundle dist/NAME.js; undefined if there is none. A cache that V8 rejects (another Node) only costs time. */
function load(name) {
  const known = loaded.get(name);
  if (known) return known.module.exports;
  const filename = fileOf(name);
  if (!fs.existsSync(filename)) return undefined;
  const cachedData = fs.existsSync(cacheOf(name)) ? fs.readFileSync(cacheOf(name)) : undefined;
  const source = `(function(exports,require,module,__filename,__dirname){${fs.readFileSync(filename, 'utf8')}\n})`;
  const script = new vm.Script(source, { filename, cachedData, importModuleDynamically: vm.constants?.USE_MAIN_CONTEXT_DEFAULT_LOADER });
  const module = { exports: {} };
  loaded.set(name, { module, script });
  script.runInThisContext()(module.exports, createRequire(filename), module, filename, path.dirname(filename));
  return module.exports;
}

/** Writes V8's data of a loaded bundle: with what has been compiled lazily by now. */
function writeCache(name) {
  const temporary = `${cacheOf(name)}.${process.pid}`;
  fs.writeFileSync(temporary, loaded.get(name).script.createCachedData());
  fs.renameSync(temporary, cacheOf(name));
}

/** Undoes what node.sh and its shell did to the environment: what was put aside comes back, what has no value was not there. */
function restoreEnvironment() {
  const names = process.env.FLUX_PUT_ASIDE;
  if (names === undefined) return;
  for (const name of names.split(' ').filter(Boolean)) {
    const value = process.env[`FLUX_ASIDE_${name}`];
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
    delete process.env[`FLUX_ASIDE_${name}`];
  }
  delete process.env.FLUX_PUT_ASIDE;
}

/** SIGUSR1 is Node's until somebody listens to it, and after that what it is by default: the end of the process. */
function takeDebuggerSignal() {
  const listener = () => {};
  process.on('SIGUSR1', listener);
  process.off('SIGUSR1', listener);
}

function run(start) {
  takeDebuggerSignal();
  restoreEnvironment();
  if (process.env.FLUX_WRITE_CACHES) process.on('exit', () => [...loaded.keys()].forEach(writeCache));
  process.on('uncaughtException', (e) => {
    fs.writeSync(2, `flux: ${e?.stack ?? e}\n`);
    process.exit(1);
  });
  start(load('cli/front'), { dist: __dirname, load }).then((status) => process.exit(status));
}

/** For libexec/flux-NAME. */
const program = (name, argv) => run((front, loader) => front.program(name, argv, loader));

if (require.main === module) run((front, loader) => front.flux(process.argv.slice(2), loader));
else module.exports = { load, writeCache, program };
