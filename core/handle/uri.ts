import { FluxError } from '../sys/errors';

/** A connector's URI in its parts: `local:///tmp/x` is scheme `local`, path `/tmp/x`. */
export interface FluxUri {
  scheme: string;
  path: string;
}

/** Splits `scheme://path`; trailing blanks of the path are dropped (flux_open(3)). ENOENT for what has no scheme. */
export function parseUri(uri: string): FluxUri {
  const match = /^([a-z][a-z0-9+.-]*):\/\/(.*)$/is.exec(uri);
  if (!match) throw new FluxError('ENOENT');
  return { scheme: match[1]!, path: match[2]!.trimEnd() };
}
