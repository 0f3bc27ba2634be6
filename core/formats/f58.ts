import { encodeJobId } from './fluid';

type Env = Readonly<Record<string, string | undefined>>;

/** F58 text of a job id as a process with this environment writes it: with `f` instead of `ƒ` where the locale is not UTF-8, or on request. */
export function f58(id: bigint, env: Env): string {
  return encodeJobId(id, 'f58', { ascii: env['FLUX_F58_FORCE_ASCII'] !== undefined || !isUtf8Locale(env) });
}

function isUtf8Locale(env: Env): boolean {
  const name = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || 'C';
  return /\.utf-?8\b/i.test(name);
}
