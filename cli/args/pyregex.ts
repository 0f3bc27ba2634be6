/**
 * A regular expression of Python's `re` as one of JavaScript that matches where the text begins, as re.match() does: named groups, `\A`, `\Z`, and flags
 * in front of it (`(?i)`; `i`, `m` and `s` have a counterpart). @throws SyntaxError for what is none
 */
export function anchoredRegExp(pattern: string): RegExp {
  const [front = '', flags = ''] = /^\(\?([aimsu]+)\)/.exec(pattern) ?? [];
  const source = pattern.slice(front.length).replace(/\\[\s\S]|\(\?P<|\(\?P=(\w+)\)/g, (found, name) => {
    if (found === '(?P<') return '(?<';
    if (name !== undefined) return `\\k<${name}>`;
    return { '\\A': start, '\\Z': '(?![\\s\\S])' }[found] ?? found;
  });
  return new RegExp(`${start}(?:${source})`, [...new Set(flags.replace(/[au]/g, ''))].join(''));
}

const start = '(?<![\\s\\S])';
