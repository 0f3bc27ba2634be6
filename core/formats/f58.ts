import { encodeJobId } from './fluid';

type Env = Readonly<Record<string, string | undefined>>;

/** Whose rules for an unset locale apply: Python takes the C locale for UTF-8 unless LC_ALL demands it. */
export type LocaleFamily = 'c' | 'python';

/** F58 text of a job id as a process with this environment writes it: with the prefix `ƒ` where the locale can show it, else, or on request, `f`. */
export function f58(id: bigint, env: Env, family: LocaleFamily = 'c'): string {
  return encodeJobId(id, 'f58', { ascii: !showsF58(env, family) });
}

/** Whether F58 is shown with `ƒ`. */
export function showsF58(env: Env, family: LocaleFamily = 'c'): boolean {
  if (env['FLUX_F58_FORCE_ASCII'] !== undefined) return false;
  const coerced = family === 'python' && !env['LC_ALL'];
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || 'C';
  return /\.utf-?8\b/i.test(locale) || (coerced && (locale === 'C' || locale === 'POSIX'));
}
