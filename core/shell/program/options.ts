import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pluginFolders } from '../../plugin/search';
import { FluxError, toFluxError } from '../../sys/errors';
import type { ShellOptions } from '../shell-options';
import type { ShellArguments } from './arguments';

type Env = ShellOptions['env'];

/** The built tree that this file is part of: dist/ as a bundle, build/ among the tests. */
export function installation(): string {
  return fs.existsSync(path.join(__dirname, 'shell-plugins')) ? __dirname : path.join(__dirname, '../../..');
}

/** The options of a shell with these arguments, as its process gives them, but for the streams. */
export function shellOptions(
  args: ShellArguments,
  { env, cwd, userid }: { env: Env; cwd: string; userid: number },
): Omit<ShellOptions, 'stdout' | 'stderr'> {
  const root = installation();
  const { jobspec, resources } = args;
  return {
    jobid: args.jobid,
    env,
    userid,
    hostname: os.hostname(),
    cwd,
    standalone: args.standalone,
    verbose: args.verbose,
    brokerRank: args.brokerRank,
    readJobspec: jobspec === undefined ? undefined : () => readText(jobspec),
    readR: resources === undefined ? undefined : () => readText(resources),
    initrc: args.initrc,
    paths: {
      plugins: pluginFolders('shell', env['FLUX_MODULE_PATH'] ?? root).join(':'),
      initrc: path.join(root, 'initrc/initrc.lua'),
      lua: path.join(root, 'initrc/lua'),
    },
  };
}

function readText(file: string): string {
  try {
    return fs.readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (e) {
    const { code, message } = toFluxError(e);
    throw new FluxError(code, `error opening ${file}: ${message}`);
  }
}
