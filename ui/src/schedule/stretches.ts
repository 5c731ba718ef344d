import type { LineView, SpanKind } from '../lib/bindings';
import { say } from '../lib/words';

/** A cell of the grid: what is known of a stretch of somebody's day. */
export interface Stretch {
  from: number;
  to: number;
  kind: SpanKind;
  text: string;
  spoken: string;
}

/** Somebody's day from edge to edge, with what is free between the spans. */
export function stretches(line: LineView, quarters: number): Stretch[] {
  const known = line.spans.filter((span) => span.from < span.to);
  const all: Stretch[] = [];
  let end = 0;
  const free = (from: number, to: number) => {
    if (from < to) {
      const spoken = say('schedule-cell-free', { name: line.name });
      all.push({ from, to, kind: 'free', text: '', spoken });
    }
  };
  for (const span of [...known].sort((a, b) => a.from - b.from)) {
    free(end, span.from);
    all.push(span);
    end = Math.max(end, span.to);
  }
  free(end, quarters);
  return all;
}

/** The cell a step leads to, by its line and place in it; null at the edge. */
export function neighbour(
  lines: Stretch[][],
  [line, at]: readonly [number, number],
  by: 'before' | 'after' | 'above' | 'below',
): [number, number] | null {
  if (by === 'before' || by === 'after') {
    // Place -1 is the name at the head of the line.
    const next = at + (by === 'after' ? 1 : -1);
    return next >= -1 && next < (lines[line]?.length ?? 0) ? [line, next] : null;
  }
  const next = line + (by === 'below' ? 1 : -1);
  const there = lines[next];
  if (!there) return null;
  const from = lines[line]?.[at]?.from;
  if (from === undefined) return [next, -1];
  const under = there.findIndex((one) => one.from <= from && from < one.to);
  return [next, Math.max(under, 0)];
}
