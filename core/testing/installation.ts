import fs from 'node:fs';
import path from 'node:path';
import type { RcScript } from '../broker/rc-script';

/** The built tree this file is part of: dist/ as a bundle, build/ among the tests. Plugins, rc scripts and programs are found there. */
export const installation: string = fs.existsSync(path.join(__dirname, 'initrc')) ? __dirname : path.join(__dirname, '../..');

/** The shipped script of a run level: the attribute's value that stands for it, and its steps. */
export function shippedScript(level: 'rc1' | 'rc3'): { path: string; script: RcScript } {
  const file = path.join(installation, 'initrc', `${level}.json`);
  return { path: file, script: JSON.parse(fs.readFileSync(file, 'utf8')) as RcScript };
}

/** A folder with the executables flux-shell and flux-shell-host: the installation's, or one made in `scratch` that runs the built tree's. */
export function execPath(scratch: string): string {
  const libexec = path.join(installation, 'libexec');
  if (fs.existsSync(path.join(libexec, 'flux-shell'))) return libexec;
  const folder = path.join(scratch, 'libexec');
  fs.mkdirSync(folder, { recursive: true });
  for (const [program, file] of Object.entries({ 'flux-shell': 'main.js', 'flux-shell-host': 'host-main.js' })) {
    const main = JSON.stringify(path.join(installation, 'core/shell/program', file));
    const text = `#!${process.execPath}\nrequire(${main}).main(process.argv.slice(2)).then((status) => process.exit(status));\n`;
    fs.writeFileSync(path.join(folder, program), text, { mode: 0o755 });
  }
  return folder;
}
