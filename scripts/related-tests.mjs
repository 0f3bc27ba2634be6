// The tests that a change concerns.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { root } from './build-tree.mjs';
import { builtOf, sourceOf, testSources } from './test-names.mjs';

/**
 * Of changed sources, the tests that import one, however far away (build/ has to be up to date), and the tests of a plugin that it belongs to: nobody
 * imports those, they are loaded by their names. Long forms are left out. All from the root of the repository.
 */
export async function relatedTests(changed, sources = testSources()) {
  const found = new Set(sources.filter((source) => changed.some((file) => isTestOf(file, source))));
  for (const test of await importing(changed.map(builtOf).filter((file) => fs.existsSync(path.join(root, file))))) found.add(test);
  return [...found].filter((source) => !source.startsWith('test/soak/')).sort();
}

const isTestOf = (file, source) => {
  const name = /^(?:plugins|jobtap|shell-plugins)\/([^/.]+)/.exec(file)?.[1];
  return name !== undefined && (source.includes(`/${name}/`) || source.endsWith(`/${name}.test.ts`));
};

async function importing(built) {
  if (built.length === 0) return [];
  const argv = ['node_modules/jest/bin/jest.js', '--listTests', '--findRelatedTests', ...built];
  const { stdout } = await promisify(execFile)(process.execPath, argv, { cwd: root, maxBuffer: 2 ** 26 });
  return stdout.split('\n').flatMap((line) => (line === '' ? [] : [sourceOf(path.relative(root, line))]));
}
