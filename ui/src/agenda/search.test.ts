import { describe, expect, it } from 'vitest';
import { agenda } from '../lib/fake-day';
import { search } from './search';

const { days } = agenda('day', 'en');
const found = (query: string) =>
  search(days, query).flatMap((day) => day.rows.map((row) => row.id));

describe('search', () => {
  it('gives everything, empty days too, when nothing is asked', () => {
    expect(search(days, '  ')).toEqual(days);
  });

  it('looks at titles, places and people, in any case and without marks', () => {
    expect(found('DESIGN')).toEqual(['a/design']);
    expect(found('oresund')).toEqual(['a/design']);
    expect(found('keller')).toEqual(['a/design']);
  });

  it('wants every word, wherever it stands', () => {
    expect(found('omar design')).toEqual(['a/design']);
    expect(found('omar vendor')).toEqual([]);
  });

  it('leaves days without a hit out', () => {
    expect(search(days, 'dentist').map((day) => day.id)).toEqual(['2026-11-24']);
  });

  it('takes signs of regular expressions as they are', () => {
    expect(found('(.*')).toEqual([]);
  });
});
