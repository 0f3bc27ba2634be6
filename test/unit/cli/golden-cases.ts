import { type GoldenCase, golden } from '../../support/golden-cli';

export { type GoldenCase, golden, masked, writeFiles } from '../../support/golden-cli';

/**
 * The cases that need no instance and whose ids begin with one of the prefixes, with the words of their command lines. What only a shell can run
 * is left out.
 */
export function goldenCases(prefixes: readonly string[]): { name: string; case: GoldenCase; argv: string[] }[] {
  return golden.cases
    .filter(({ id, instance }) => instance === 0 && prefixes.some((prefix) => id.startsWith(prefix)))
    .flatMap((one) => {
      const line = commandLine(one.cmd);
      return line ? [{ name: one.id, case: one, argv: line.slice(2) }] : [];
    });
}

/** The words of `[cd / &&] flux …`; undefined for what only a shell can run. */
function commandLine(cmd: string): string[] | undefined {
  const words: string[] = [];
  const pattern = /\s*((?:'[^']*'|"[^"$`\\]*"|\$HOME|[^\s'"$`;|&<>\\])+)/y;
  const text = cmd.replace(/^cd \/ && /, '').trim();
  for (let at = 0; at < text.length; at = pattern.lastIndex) {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (!match) return undefined;
    words.push(match[1]!.replace(/'([^']*)'|"([^"]*)"/g, (_, single, double) => single ?? double));
  }
  return words[0] === 'flux' ? words : undefined;
}
