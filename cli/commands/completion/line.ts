/**
 * The words of a shell's command line up to the cursor, the one that is being typed last (empty behind a blank), quotes and backslashes taken away. What is
 * to be expanded stays as it is.
 */
export function lineWords(line: string): string[] {
  const words: string[] = [''];
  for (const [piece] of line.matchAll(/\s+|'[^']*'?|"(?:[^"\\]|\\.)*"?|\\.?|[^\s'"\\]+/gs)) {
    if (/^\s/.test(piece)) words.push('');
    else words.push(words.pop()! + plain(piece));
  }
  return words[0] === '' && words.length > 1 ? words.slice(1) : words;
}

function plain(piece: string): string {
  if (piece.startsWith("'")) return piece.replaceAll("'", '');
  if (piece.startsWith('"'))
    return piece
      .slice(1)
      .replace(/(?<!\\)"$/, '')
      .replace(/\\(["\\$`])/g, '$1');
  return piece.startsWith('\\') ? piece.slice(1) : piece;
}
