import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { FNM, fnmatch } from '../../../core/formats/fnmatch';
import { errorText } from '../../../core/sys/errors';
import { anchoredRegExp } from '../../args/pyregex';
import { CommandError } from '../../command';
import { onFile } from '../../os-error';
import { textOf } from '../../text';

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The environment of a job: a copy of ours, changed by the rules of --env in their order (flux-mini(1), docs/protocol/cli-mini-jobs.md §A4):
 * `-PATTERN` removes, `^FILE` reads rules, `VAR=VALUE` sets, any other rule copies matching variables of ours that are not there.
 */
export function jobEnvironment(rules: readonly string[], own: Env): Record<string, string> {
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(own)) if (value !== undefined) env[name] = value;
  return applyRules(env, rules, own);
}

function applyRules(env: Record<string, string>, rules: readonly string[], own: Env): Record<string, string> {
  let result = env;
  for (const rule of rules) result = applyRule(result, rule, own);
  return result;
}

function applyRule(env: Record<string, string>, rule: string, own: Env): Record<string, string> {
  if (rule === '' || rule.startsWith('#')) return env;
  if (rule.startsWith('-')) {
    const matches = matcher(rule.slice(1));
    return Object.fromEntries(Object.entries(env).filter(([name]) => !matches(name)));
  }
  if (rule.startsWith('^')) return applyRules(env, rulesOf(rule.slice(1), own), own);
  const equals = rule.indexOf('=');
  if (equals >= 0) return { ...env, [rule.slice(0, equals)]: substitute(rule, rule.slice(equals + 1), env, own) };
  const matches = matcher(rule);
  const found: Record<string, string> = {};
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined && !Object.hasOwn(env, name) && matches(name)) found[name] = value;
  }
  return { ...env, ...found };
}

function rulesOf(file: string, own: Env): string[] {
  const name = file.replace(/^~(?=\/|$)/, own['HOME'] ?? os.homedir());
  return textOf(
    onFile(name, () => fs.readFileSync(path.resolve(name))),
    name,
  )
    .split('\n')
    .map((line) => line.trim());
}

/** `/REGEX` from the start of the name, or a shell glob over the whole of it. */
function matcher(pattern: string): (name: string) => boolean {
  if (!pattern.startsWith('/')) return (name) => fnmatch(pattern, name, FNM.NOESCAPE);
  const text = pattern.slice(1).replace(/\/+$/, '');
  try {
    const expression = anchoredRegExp(text);
    return (name) => expression.test(name);
  } catch (e) {
    throw new CommandError(errorText(e), 1, { cause: e });
  }
}

/** `$$`, `$NAME` and `${NAME}`, looked up in the environment being built, then in ours. */
function substitute(rule: string, value: string, env: Record<string, string>, own: Env): string {
  return value.replace(/\$(?:(\$)|([_A-Za-z][_A-Za-z0-9]*)|\{([_A-Za-z][_A-Za-z0-9]*)\})?/g, (_, dollar, plain, braced, at: number) => {
    if (dollar) return '$';
    const name: string | undefined = plain ?? braced;
    if (name === undefined) throw invalidPlaceholder(rule, value, at);
    const found = Object.hasOwn(env, name) ? env[name] : own[name];
    if (found === undefined) throw new CommandError(`--env: Variable '${name}' not found in ${rule}`);
    return found;
  });
}

function invalidPlaceholder(rule: string, value: string, at: number): CommandError {
  const before = value.slice(0, at).split('\n');
  const where = `line ${before.length}, col ${before.at(-1)!.length + 1}`;
  return new CommandError(`--env: Unable to substitute ${rule}\nflux-mini: ERROR: Invalid placeholder in string: ${where}`);
}
