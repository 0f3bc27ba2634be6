// dist/run.js: starts a bundle of this installation with V8's cached data beside it (NAME.js, NAME.cache).
//
//   node run.js ARGS         the flux front end
//   libexec/flux-NAME ARGS   one command as a program: these files call program()
//   module-worker.js         the program of a broker module's thread: calls load()
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

function run(start) {
  if (process.env.FLUX_WRITE_CACHES) process.on('exit', () => [...loaded.keys()].forEach(writeCache));
  process.on('uncaughtException', (e) => {
    fs.writeSync(2, `flux: ${e?.stack ?? e}\n`);
    process.exit(1);
  });
  start(load('cli/front'), { dist: __dirname, load }).then((status) => process.exit(status));
}

/** For libexec/flux-NAME. */
const program = (file) => run((front, loader) => front.program(path.basename(file).replace(/^flux-/, ''), process.argv.slice(2), loader));

if (require.main === module) run((front, loader) => front.flux(process.argv.slice(2), loader));
else module.exports = { load, writeCache, program };
