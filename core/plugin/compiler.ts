// The compiler of plugins, as a part that is loaded when one needs it: in the installation it is a bundle of its own (scripts/build-dist.mjs).

import { initSync } from 'es-module-lexer';
import type * as Esbuild from 'esbuild';

export { decode as decodeMappings } from '@jridgewell/sourcemap-codec';
export { parse as findImports } from 'es-module-lexer';

initSync();

/** esbuild.transformSync. */
export const transformSync = loadEsbuild().transformSync;

/** It reads while it is loaded whether a thread and a process may stay behind for later calls, which cost a broker more than they save. */
function loadEsbuild(): typeof Esbuild {
  const setting = 'ESBUILD_WORKER_THREADS';
  const before = process.env[setting];
  process.env[setting] = '0';
  try {
    return require('esbuild') as typeof Esbuild;
  } finally {
    if (before === undefined) delete process.env[setting];
    else process.env[setting] = before;
  }
}
