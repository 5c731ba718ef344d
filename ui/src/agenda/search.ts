import type { DayView, RowView } from '../lib/bindings';

/** Letters as they are compared: without case and without marks. */
function folded(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
}

function matches(row: RowView, words: string[]): boolean {
  const text = folded([row.title, row.subtitle, row.place, row.people].join('\n'));
  return words.every((word) => text.includes(word));
}

/**
 * The days with the rows in which every word of `query` occurs, in title,
 * subtitle, place or people. Days without such a row are left out; without a query
 * all days are returned as they are.
 */
export function search(days: DayView[], query: string): DayView[] {
  const words = folded(query).split(/\s+/).filter(Boolean);
  if (words.length === 0) {
    return days;
  }
  return days
    .map((day) => ({ ...day, rows: day.rows.filter((row) => matches(row, words)) }))
    .filter((day) => day.rows.length > 0);
}
