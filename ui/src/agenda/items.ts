import type { DayView, RowView } from '../lib/bindings';

/** One line of the list, which shows only the lines that are in sight. */
export type Item =
  | { kind: 'past'; key: 'past'; shown: boolean }
  | { kind: 'day'; key: string; day: DayView }
  | { kind: 'empty'; key: string; day: DayView }
  | RowItem;

/** A line with a meeting. */
export interface RowItem {
  kind: 'row';
  /** Of the day and the meeting: one that lasts for days stands under each. */
  key: string;
  day: DayView;
  row: RowView;
  /** Place among the meetings of the whole list, from 0. */
  at: number;
  /** Whether it is the day's first. */
  first: boolean;
}

/** What is above today: nothing, or seven days which are folded away or not. */
export type Past = 'none' | 'folded' | 'shown';

/** The list's lines from top to bottom. */
export function itemsOf(days: DayView[], past: Past): Item[] {
  const items: Item[] = [];
  if (past !== 'none') items.push({ kind: 'past', key: 'past', shown: past === 'shown' });
  let at = 0;
  for (const day of days) {
    items.push({ kind: 'day', key: day.id, day });
    if (day.rows.length === 0) items.push({ kind: 'empty', key: `${day.id}/`, day });
    day.rows.forEach((row, place) => {
      items.push({ kind: 'row', key: `${day.id}/${row.id}`, day, row, at, first: place === 0 });
      at += 1;
    });
  }
  return items;
}

/** Key of the line where a meeting begins; null when the days do not list it. */
export function keyOf(days: DayView[], meeting: string): string | null {
  const day = days.find((one) => one.rows.some((row) => row.id === meeting));
  return day ? `${day.id}/${meeting}` : null;
}

export const isRow = (item: Item | undefined): item is RowItem => item?.kind === 'row';

/**
 * The row `by` rows away from the one called `key`; the ends hold. From nowhere
 * one comes to the first row at or after line `from`.
 */
export function rowAway(items: Item[], key: string | null, by: number, from: number): number {
  const rows = items.flatMap((item, index) => (isRow(item) ? [index] : []));
  const here = rows.findIndex((index) => items[index]?.key === key);
  if (here < 0) return rows.find((index) => index >= from) ?? rows.at(-1) ?? -1;
  return rows[Math.min(Math.max(here + by, 0), rows.length - 1)] ?? -1;
}

/** The element of a row which is an option of the list. */
export const optionId = (at: number): string => `option-${String(at)}`;
