/**
 * A regular expression of Python's `re` as one of JavaScript: named groups, `\A`, `\Z`, and flags in front of it (`(?i)`; `i`, `m` and `s` have
 * a counterpart). @throws SyntaxError for what is none
 */
export function pythonRegExp(pattern: string, flags = ''): RegExp {
  const [front = '', inline = ''] = /^\(\?([aimsu]+)\)/.exec(pattern) ?? [];
  const source = pattern.slice(front.length).replace(/\\[\s\S]|\(\?P<|\(\?P=(\w+)\)/g, (found, name) => {
    if (found === '(?P<') return '(?<';
    if (name !== undefined) return `\\k<${name}>`;
    return { '\\A': '(?<![\\s\\S])', '\\Z': '(?![\\s\\S])' }[found] ?? found;
  });
  return new RegExp(source, [...new Set(flags + inline.replace(/[au]/g, ''))].join(''));
}

/** As pythonRegExp(), for a match that begins where the text does, and with `whole` ends where it does: re.match() and re.fullmatch(). */
export function anchoredRegExp(pattern: string, { whole = false } = {}): RegExp {
  const [front = ''] = /^\(\?[aimsu]+\)/.exec(pattern) ?? [];
  return pythonRegExp(`${front}\\A(?:${pattern.slice(front.length)})${whole ? '\\Z' : ''}`);
}
