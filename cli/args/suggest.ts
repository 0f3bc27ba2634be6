/** `Did you mean 'NAME'?` for a word that is none of the names; undefined if none is close: a letter in three wrong, missing, surplus or swapped with the next. */
export function suggestion(typed: string, names: Iterable<string>): string | undefined {
  let best: { name: string; distance: number } | undefined;
  for (const name of new Set(names)) {
    const distance = editDistance(typed, name);
    if (distance <= Math.max(typed.length, name.length) / 3 && distance < (best?.distance ?? Number.POSITIVE_INFINITY))
      best = { name, distance };
  }
  return best && `Did you mean '${best.name}'?`;
}

/** The same as a line of its own behind an error text; empty where there is nothing to say. */
export function suggestionLine(typed: string, names: Iterable<string>): string {
  const text = suggestion(typed, names);
  return text === undefined ? '' : `${text}\n`;
}

/** Letters to insert, delete, replace, or swap with the next one, to make b of a (optimal string alignment). */
function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const [above, row] = [rows[i - 1]!, [i]];
    for (let j = 1; j <= b.length; j++) {
      const replaced = above[j - 1]! + Number(a[i - 1] !== b[j - 1]);
      let least = Math.min(replaced, above[j]! + 1, row[j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, rows[i - 2]![j - 2]! + 1);
      row.push(least);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
