/** The permissions of a mode as luaposix writes them: `rwxr-xr-x`, with `s` and `S` for set-user-id and set-group-id. */
export function formatMode(mode: number): string {
  return [6, 3, 0]
    .map((shift, who) => {
      const bits = (mode >> shift) & 7;
      const special = who < 2 && ((mode >> (11 - who)) & 1) === 1;
      const last = special ? (bits & 1 ? 's' : 'S') : bits & 1 ? 'x' : '-';
      return (bits & 4 ? 'r' : '-') + (bits & 2 ? 'w' : '-') + last;
    })
    .join('');
}

/** A mode from text: `rwxr-x---`, octal digits, or changes of `before` as chmod(1) has them (`u+x,go-w`). Undefined: none of these. */
export function parseMode(text: string, before: number): number | undefined {
  if (/^[0-7]{1,5}$/.test(text)) return Number.parseInt(text, 8);
  if (/^([r-][w-][xsS-]){2}[r-][w-][x-]$/.test(text)) return parseLong(text);
  let mode: number | undefined = before;
  for (const change of text.split(',')) mode = mode === undefined ? undefined : changed(change, mode);
  return mode;
}

function parseLong(text: string): number {
  let mode = 0;
  [...text].forEach((char, i) => {
    if (char !== '-' && char !== 'S') mode |= 1 << (8 - i);
    if (/[sS]/.test(char)) mode |= 1 << (11 - Math.floor(i / 3));
  });
  return mode;
}

function changed(change: string, before: number): number | undefined {
  const [, who, operator, letters] = /^([ugoa]*)([-+=])([rwx]*)$/.exec(change) ?? [];
  if (who === undefined) return undefined;
  const classes = who === '' || who.includes('a') ? 'ugo' : who;
  const bits = [...letters!].reduce((sum, letter) => sum | { r: 4, w: 2, x: 1 }[letter as 'r' | 'w' | 'x'], 0);
  let mode = before;
  for (const [i, one] of [...'ugo'].entries()) {
    if (!classes.includes(one)) continue;
    const shift = 6 - 3 * i;
    if (operator === '+') mode |= bits << shift;
    else if (operator === '-') mode &= ~(bits << shift);
    else mode = (mode & ~(7 << shift)) | (bits << shift);
  }
  return mode;
}
