/** An expression that is not Python. */
export class PySyntaxError extends Error {}

export type Token =
  | { kind: 'number'; value: number; float: boolean }
  | { kind: 'string'; value: string; formatted: boolean }
  | { kind: 'name'; value: string }
  | { kind: 'operator'; value: string };

const PATTERN =
  /\s+|((?:0[xX][0-9a-fA-F]+|\d[\d_]*\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?))|([rRfFbBuU]{0,2})("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|([A-Za-z_]\w*)|(\*\*|\/\/|==|!=|<=|>=|[-+*/%<>()[\]{},.:=|&^~])/gsy;

const escapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', "'": "'", '"': '"', 0: '\0', '\n': '' };

/** The tokens of a Python expression. @throws PySyntaxError */
export function tokenize(code: string): Token[] {
  const tokens: Token[] = [];
  const pattern = new RegExp(PATTERN);
  for (let at = 0; at < code.length; at = pattern.lastIndex) {
    pattern.lastIndex = at;
    const match = pattern.exec(code);
    if (!match) throw new PySyntaxError(`unexpected character at ${at}`);
    const [, number, prefix = '', string, name, operator] = match;
    if (number !== undefined) tokens.push(numberToken(number));
    else if (string !== undefined) tokens.push(stringToken(prefix.toLowerCase(), string.slice(1, -1)));
    else if (name !== undefined) tokens.push({ kind: 'name', value: name });
    else if (operator !== undefined) tokens.push({ kind: 'operator', value: operator });
  }
  return tokens;
}

function numberToken(text: string): Token {
  const hex = /^0[xX]/.test(text);
  return { kind: 'number', value: Number(text.replaceAll('_', '')), float: !hex && /[.eE]/.test(text) };
}

function stringToken(prefix: string, body: string): Token {
  if (prefix.includes('b')) throw new PySyntaxError('bytes are not supported');
  const value = prefix.includes('r')
    ? body
    : body.replace(/\\(?:x([0-9a-fA-F]{2})|(.))/gs, (whole, hex, char) => unescaped(whole, hex, char));
  return { kind: 'string', value, formatted: prefix.includes('f') };
}

function unescaped(whole: string, hex: string | undefined, char: string): string {
  return hex === undefined ? (escapes[char] ?? whole) : String.fromCharCode(Number.parseInt(hex, 16));
}
