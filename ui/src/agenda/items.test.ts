import { describe, expect, it } from 'vitest';
import { agenda } from '../lib/fake-day';
import { isRow, itemsOf, rowAway } from './items';

const { days } = agenda('day', 'en');
const items = itemsOf(days, 'folded');

describe('the lines of the list', () => {
  it('are the days with their meetings in order, each with its own key', () => {
    expect(items.slice(0, 3).map((item) => item.kind)).toEqual(['past', 'day', 'row']);
    expect(new Set(items.map((item) => item.key)).size).toBe(items.length);
    expect(items.filter(isRow).map((row) => row.at)).toEqual(
      items.filter(isRow).map((_, at) => at),
    );
  });

  it('say so where a day is empty', () => {
    const empty = items.filter((item) => item.kind === 'empty');
    expect(empty.map((item) => item.day.id)).toEqual(['2026-11-25']);
  });

  it('name a meeting that stands under two days twice', () => {
    const [day] = days;
    if (!day) throw new Error('no day');
    const twice = itemsOf([day, { ...day, id: '2026-11-24' }], 'none').filter(isRow);
    expect(new Set(twice.map((row) => row.key)).size).toBe(twice.length);
  });
});

describe('going from row to row', () => {
  const rows = items.filter(isRow);
  const key = (index: number) => items[index]?.key;

  it('passes headings and empty days over', () => {
    const last = rows.at(-1);
    const before = rows.at(-2);
    expect(key(rowAway(items, before?.key ?? '', 1, 0))).toBe(last?.key);
  });

  it('ends at both ends', () => {
    expect(key(rowAway(items, rows[0]?.key ?? '', -1, 0))).toBe(rows[0]?.key);
    expect(key(rowAway(items, rows.at(-1)?.key ?? '', 5, 0))).toBe(rows.at(-1)?.key);
  });

  it('begins where the eye is', () => {
    const here = items.findIndex((item) => item.key === rows[3]?.key);
    expect(rowAway(items, null, 1, here)).toBe(here);
    expect(rowAway(items, 'gone', -1, here)).toBe(here);
  });

  it('finds nothing in an empty list', () => {
    expect(rowAway([], null, 1, 0)).toBe(-1);
  });
});
