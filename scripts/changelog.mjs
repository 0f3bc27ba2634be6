// The step from one version to the next is `npm version VERSION`: it sets package.json and package-lock.json, commits, and tags. Before it, `check`
// refuses when CHANGELOG.md has nothing to release; in it, `release` moves what is unreleased under the new version.
//
// Usage: node scripts/changelog.mjs check | release
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const UNRELEASED = '## [Unreleased]\n';

/** The changelog with all that is unreleased under a version and its date (YYYY-MM-DD). @throws Error if nothing is, or if the version is there already. */
export function release(changelog, version, date) {
  const [head, rest] = parts(changelog);
  if (changelog.includes(`\n## [${version}]`)) throw new Error(`CHANGELOG.md has ${version} already`);
  return `${head}${UNRELEASED}\n## [${version}] - ${date}\n${rest}`;
}

/** @throws Error if there is nothing to release. */
export function check(changelog) {
  parts(changelog);
}

/** What stands before the heading of what is unreleased, and behind it. */
function parts(changelog) {
  const at = changelog.indexOf(`\n${UNRELEASED}`) + 1;
  if (at === 0) throw new Error(`CHANGELOG.md has no heading ${UNRELEASED.trim()}`);
  const rest = changelog.slice(at + UNRELEASED.length);
  const [unreleased] = rest.split(/^## /m);
  if (!/^- /m.test(unreleased)) throw new Error('CHANGELOG.md says of nothing that it is unreleased');
  return [changelog.slice(0, at), rest];
}

function main(what) {
  const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
  const file = path.join(root, 'CHANGELOG.md');
  const changelog = fs.readFileSync(file, 'utf8');
  if (what === 'check') return check(changelog);
  if (what !== 'release') throw new Error('usage: changelog.mjs check | release');
  const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  fs.writeFileSync(file, release(changelog, version, new Date().toISOString().slice(0, 10)));
  execFileSync('git', ['add', 'CHANGELOG.md'], { cwd: root, stdio: 'inherit' });
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    main(process.argv[2]);
  } catch (error) {
    console.error(error.message);
    process.exitCode = 1;
  }
}
