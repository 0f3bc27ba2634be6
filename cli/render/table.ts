/** A column of a table: `%-24.24s` is `{ width: 24, max: 24 }`, `%8d` is `{ width: 8, align: 'right' }`. */
export interface Column {
  /** Least width; default that of the widest cell. */
  width?: number;
  /** Cells are cut to this. */
  max?: number;
  align?: 'left' | 'right';
}

/** Rows as lines, cells joined by `gap`, blanks at line ends kept only where a column has a fixed width. Each line ends in a newline. */
export function formatTable(rows: readonly (readonly string[])[], columns: readonly Column[], gap = ' '): string {
  const widths = columns.map((column, i) => column.width ?? Math.max(0, ...rows.map((row) => lengthOf(cut(row[i] ?? '', column)))));
  const last = columns.length - 1;
  return rows
    .map((row) => {
      const cells = columns.map((column, i) => {
        const fill = i < last || column.width !== undefined || column.align === 'right';
        return fill ? padCell(row[i] ?? '', { ...column, width: widths[i]! }) : cut(row[i] ?? '', column);
      });
      return `${cells.join(gap)}\n`;
    })
    .join('');
}

/** One cell cut and padded, as printf's `%-W.Ms` does. */
export function padCell(text: string, column: Column): string {
  const shown = cut(text, column);
  const room = ' '.repeat(Math.max((column.width ?? 0) - lengthOf(shown), 0));
  return column.align === 'right' ? room + shown : shown + room;
}

const cut = (text: string, { max }: Column) => (max === undefined || text.length <= max ? text : [...text].slice(0, max).join(''));
const lengthOf = (text: string) => [...text].length;
