import type { Attachment } from 'svelte/attachments';

/** Puts an element over quarters of the grid; styles in markup are forbidden by the policy. */
export function over(from: number, to: number): Attachment<HTMLElement> {
  return (element) => {
    element.style.gridColumn = `${String(from + 1)} / ${String(to + 1)}`;
  };
}

/** Tells an element how many quarters wide the grid is. */
export function wide(quarters: number): Attachment<HTMLElement> {
  return (element) => {
    element.style.setProperty('--quarters', String(Math.max(quarters, 1)));
  };
}

/** The quarter under a point, counted from the edge at which the day begins. */
export function quarterAt(track: Element, x: number, quarters: number): number {
  const { left, width } = track.getBoundingClientRect();
  const share = (x - left) / width;
  const along = getComputedStyle(track).direction === 'rtl' ? 1 - share : share;
  return Math.min(Math.max(Math.floor(along * quarters), 0), Math.max(quarters - 1, 0));
}

/** Whether the day runs from right to left. */
export function mirrored(element: Element): boolean {
  return getComputedStyle(element).direction === 'rtl';
}
