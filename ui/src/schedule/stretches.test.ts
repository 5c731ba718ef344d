import { describe, expect, it } from 'vitest';
import type { LineView, SpanView } from '../lib/bindings';
import { neighbour, stretches } from './stretches';

const span = (from: number, to: number): SpanView => ({
  from,
  to,
  kind: 'busy',
  text: 'Busy',
  spoken: 'Ana Berg, busy',
});

const line = (...spans: SpanView[]): LineView => ({
  address: 'ana@example.org',
  name: 'Ana Berg',
  room: false,
  zone: '',
  atSlot: 'free',
  atSlotText: '',
  spans,
});

const edges = (of: LineView) => stretches(of, 40).map((one) => [one.from, one.to, one.kind]);

describe('a line of the grid', () => {
  it('is free from edge to edge when nothing is known', () => {
    expect(edges(line())).toEqual([[0, 40, 'free']]);
  });

  it('says what is free between the spans, and that in words', () => {
    const all = stretches(line(span(0, 6), span(18, 24)), 40);
    expect(all.map((one) => [one.from, one.to, one.kind])).toEqual([
      [0, 6, 'busy'],
      [6, 18, 'free'],
      [18, 24, 'busy'],
      [24, 40, 'free'],
    ]);
    expect(all[1]?.spoken).toBe('Ana Berg, free');
  });

  it('has no free cell where spans touch or lie on each other', () => {
    expect(edges(line(span(0, 20), span(8, 12), span(20, 40)))).toEqual([
      [0, 20, 'busy'],
      [8, 12, 'busy'],
      [20, 40, 'busy'],
    ]);
  });

  it('leaves out a span without length', () => {
    expect(edges(line(span(4, 4)))).toEqual([[0, 40, 'free']]);
  });
});

describe('a step in the grid', () => {
  const lines = [stretches(line(span(0, 6)), 40), stretches(line(span(4, 10)), 40)];

  it('goes along the line, with the name at its head', () => {
    expect(neighbour(lines, [0, 0], 'after')).toEqual([0, 1]);
    expect(neighbour(lines, [0, 1], 'after')).toBeNull();
    expect(neighbour(lines, [0, 0], 'before')).toEqual([0, -1]);
    expect(neighbour(lines, [0, -1], 'before')).toBeNull();
  });

  it('goes to what stands at the same time above or below', () => {
    // 06 to the end above; 06 lies within the span below.
    expect(neighbour(lines, [0, 1], 'below')).toEqual([1, 1]);
    expect(neighbour(lines, [1, 1], 'above')).toEqual([0, 0]);
    expect(neighbour(lines, [1, -1], 'above')).toEqual([0, -1]);
    expect(neighbour(lines, [1, 1], 'below')).toBeNull();
  });
});
