/** A line of the list and where it stood, by which the reader's place is kept. */
export interface Anchor {
  key: string;
  top: number;
}

const line = (within: Element, key: string) =>
  within.querySelector(`[data-key="${CSS.escape(key)}"]`);

/** The first line below `edge`, a place on the screen in pixels; null where there is none. */
export function anchorBelow(within: Element, edge: number): Anchor | null {
  let first: Anchor | null = null;
  for (const one of within.querySelectorAll<HTMLElement>('[data-key]')) {
    const { top } = one.getBoundingClientRect();
    const key = one.dataset['key'];
    if (key !== undefined && top >= edge && (!first || top < first.top)) first = { key, top };
  }
  return first;
}

/** How far the line has moved down since, in pixels; null when it is not in the page. */
export function drift(within: Element, anchor: Anchor): number | null {
  const found = line(within, anchor.key);
  return found ? found.getBoundingClientRect().top - anchor.top : null;
}
