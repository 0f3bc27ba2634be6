// dist/lib/libpmi.so: the PMI library for programs that load one (core/pmi/libpmi). It holds the checksum of what it was made of, and is made again
// only when that changes: it may be in use.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { root } from './build-tree.mjs';

const source = path.join(root, 'core/pmi/libpmi');
const flags = '-std=c99 -D_DEFAULT_SOURCE -O2 -Wall -fPIC -shared -fvisibility=hidden'.split(' ');

/** Compiles the library into `file`, unless that is up to date. False: there is no C compiler, which is told on stderr. */
export function buildLibpmi(file) {
  const names = fs.readdirSync(source).sort();
  const hash = createHash('sha1').update(flags.join(' '));
  for (const name of names) hash.update(fs.readFileSync(path.join(source, name)));
  const id = hash.digest('hex');
  if (fs.existsSync(file) && fs.readFileSync(file).includes(id)) return true;

  fs.mkdirSync(path.dirname(file), { recursive: true });
  const fresh = `${file}.${process.pid}`;
  const sources = names.filter((name) => name.endsWith('.c')).map((name) => path.join(source, name));
  const compiled = compile([...flags, `-DSOURCE_ID="${id}"`, '-o', fresh, ...sources]);
  if (compiled) fs.renameSync(fresh, file);
  return compiled;
}

function compile(args) {
  const compilers = [process.env.CC, 'cc', 'gcc', 'clang'].filter(Boolean);
  for (const compiler of compilers) {
    const { status, error, stderr } = spawnSync(compiler, args, { encoding: 'utf8' });
    if (error?.code === 'ENOENT') continue;
    if (status !== 0) throw new Error(`${compiler}: ${error?.message ?? `status ${status}`}\n${stderr}`);
    return true;
  }
  process.stderr.write(
    'flux: no C compiler (cc, gcc, clang): without libpmi.so, Open MPI, Intel MPI and MVAPICH2 need a launcher of their own in jobs\n',
  );
  return false;
}
