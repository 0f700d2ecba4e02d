/** Plain tables for a terminal, and the few styles that are used there. */

import { printable } from '../fault.ts';

/** https://en.wikipedia.org/wiki/ANSI_escape_code#Select_Graphic_Rendition_parameters */
const styles = { bold: [1, 22], yellow: [33, 39] } as const;

export function paint(text: string, style: keyof typeof styles, isColoured: boolean): string {
  const [on, off] = styles[style];
  return isColoured ? `\u001b[${on}m${printable(text)}\u001b[${off}m` : printable(text);
}

/** Rows in columns, indented; the first row is the header. */
export function table(rows: readonly (readonly string[])[], isColoured: boolean): string {
  const cells = rows.map(row => row.map(printable));
  const widths = (cells[0] ?? []).map((_, column) =>
    Math.max(...cells.map(row => (row[column] ?? '').length)),
  );
  const lines = cells.map(row =>
    row
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join('  ')
      .trimEnd(),
  );
  return lines.map((line, i) => `  ${i === 0 ? paint(line, 'bold', isColoured) : line}\n`).join('');
}
