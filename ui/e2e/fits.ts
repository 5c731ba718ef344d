import type { Page } from '@playwright/test';

export interface Way {
  /** How large text is; 1 is as the user has it. */
  times: 1 | 2;
  /** Whether the ring's window becomes as high as what is in it. */
  grows: boolean;
}

/**
 * What does not fit at a size of text, as short lines: text that is cut,
 * lies over other text or can be had by scrolling sideways only, and controls that
 * no scrolling brings into sight. Text that ends in an ellipsis may be cut, where
 * the element says so, and a grid of hours (`.sheet`) may scroll sideways.
 */
export async function misfits(page: Page, { times, grows }: Way): Promise<string[]> {
  await page.evaluate(
    async (size) => {
      document.documentElement.style.fontSize = size;
      // Where the letters grow, what was in sight may not be any more, and the agenda
      // begins to scroll as a whole: the row that is open is looked for until it is
      // there and stays.
      for (let frame = 0, there = 0; there < 4 && frame < 90; frame += 1) {
        const row = document.querySelector('.row.open');
        const list = document.querySelector('main')?.getBoundingClientRect();
        const box = row?.getBoundingClientRect();
        const inSight = !box || !list || (box.top < list.bottom - 99 && box.bottom > list.top + 99);
        there = inSight ? there + 1 : 0;
        if (!inSight) row?.scrollIntoView({ block: 'center' });
        await new Promise(requestAnimationFrame);
      }
    },
    `${String(16 * times)}px`,
  );
  if (grows) await fitRing(page);
  return page.evaluate(look);
}

/** So high the program makes the ring's window at most, as in src-tauri/src/ring_window.rs. */
const RING_MAX = 880;

/** The program makes the ring's window as high as what is in it, while the screen has room. */
async function fitRing(page: Page): Promise<void> {
  const stack = page.locator('main:not(.whole) > .stack');
  const size = page.viewportSize();
  if (size && (await stack.count()) > 0) {
    const height = await stack.evaluate((one: HTMLElement) => one.offsetHeight);
    await page.setViewportSize({ ...size, height: Math.min(height + 2, RING_MAX) });
  }
}

/** Runs in the page, so that it can use nothing from outside of itself. */
function look(): string[] {
  interface Box {
    left: number;
    top: number;
    right: number;
    bottom: number;
  }
  const found = new Set<string>();
  const root = document.documentElement;
  const named = (of: Element) =>
    `${of.tagName.toLowerCase()}.${[...of.classList].filter((one) => !one.startsWith('svelte')).join('.')}`;
  const meet = (one: Box, other: Box): Box => ({
    left: Math.max(one.left, other.left),
    top: Math.max(one.top, other.top),
    right: Math.min(one.right, other.right),
    bottom: Math.min(one.bottom, other.bottom),
  });
  const empty = (one: Box) => one.right - one.left < 1 || one.bottom - one.top < 1;
  const clips = (how: string) => how === 'hidden' || how === 'clip';
  const scrolls = (how: string) => how === 'auto' || how === 'scroll';

  /** What of a box can be seen now; null where it is cut for good. */
  function seen(of: Element, box: Box): { part: Box; cut: string } {
    let part = box;
    // What scrolling can bring into sight is not cut.
    let reach = { x: true, y: true };
    for (let up = of.parentElement; up && up !== root; up = up.parentElement) {
      const style = getComputedStyle(up);
      const { left, top } = up.getBoundingClientRect();
      const zoom = up.currentCSSZoom;
      const inner: Box = {
        left: left + up.clientLeft * zoom,
        top: top + up.clientTop * zoom,
        right: left + (up.clientLeft + up.clientWidth) * zoom,
        bottom: top + (up.clientTop + up.clientHeight) * zoom,
      };
      const isBody = up === document.body;
      if (scrolls(style.overflowX)) reach = { ...reach, x: false };
      if (scrolls(style.overflowY)) reach = { ...reach, y: false };
      const wide = reach.x && clips(style.overflowX) && !isBody;
      const high = reach.y && clips(style.overflowY) && !isBody;
      if (wide && (part.left < inner.left - 1 || part.right > inner.right + 1)) {
        if (style.textOverflow !== 'ellipsis') return { part, cut: named(up) };
      }
      if (high && (part.top < inner.top - 1 || part.bottom > inner.bottom + 1)) {
        return { part, cut: named(up) };
      }
      if (style.overflowX !== 'visible' && !isBody) part = meet(part, inner);
      if (style.position === 'fixed') break;
    }
    return { part, cut: '' };
  }

  /** What lies above the page has texts of its own under it. */
  const layer = (of: Element | null): Element | null => {
    for (let up = of; up; up = up.parentElement) {
      const { position, zIndex } = getComputedStyle(up);
      if (position === 'fixed' || position === 'sticky' || zIndex !== 'auto') return up;
    }
    return null;
  };

  if (root.scrollWidth > root.clientWidth)
    found.add(`the page is ${String(root.scrollWidth)} wide`);
  const fixed = clips(getComputedStyle(document.body).overflowY);
  if (fixed && root.scrollHeight > root.clientHeight + 1) {
    found.add(`the page is ${String(root.scrollHeight)} high and does not scroll`);
  }

  const texts: { text: string; box: Box; of: Element; layer: Element | null }[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const of = node.parentElement;
    const text = node.textContent?.trim() ?? '';
    if (!of || !text || of.closest('.spoken, option, script, style')) continue;
    if (!of.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    for (const box of range.getClientRects()) {
      if (empty(box)) continue;
      const { part, cut } = seen(of, box);
      if (cut) found.add(`“${text.slice(0, 40)}” is cut by ${cut}`);
      if (!empty(part)) texts.push({ text, box: part, of, layer: layer(of) });
    }
  }
  texts.forEach((one, at) => {
    for (const other of texts.slice(at + 1)) {
      if (one.layer !== other.layer || one.of === other.of) continue;
      const both = meet(one.box, other.box);
      // Boxes of lines may touch; letters do not fill them.
      const high = Math.min(one.box.bottom - one.box.top, other.box.bottom - other.box.top);
      if (both.right - both.left > 2 && both.bottom - both.top > high / 3) {
        found.add(`“${one.text.slice(0, 30)}” lies over “${other.text.slice(0, 30)}”`);
      }
    }
  });

  for (const of of document.querySelectorAll('*')) {
    const { overflowX, textOverflow } = getComputedStyle(of);
    const wider = of.scrollWidth > of.clientWidth + 1 && of.clientWidth > 0;
    if (scrolls(overflowX) && wider && !of.matches('.sheet, input, textarea')) {
      found.add(`${named(of)} scrolls sideways`);
    }
    if (of.matches('input:placeholder-shown') && wider && textOverflow !== 'ellipsis') {
      found.add(`the placeholder of ${named(of)} is cut`);
    }
  }

  const controls =
    'a, button, input:not([type=radio], [type=checkbox]), select, textarea, summary, label, [role=option], [role=menuitem], [role=slider]';
  for (const of of document.querySelectorAll(controls)) {
    if (!of.checkVisibility({ checkOpacity: true, checkVisibilityCSS: true })) continue;
    const box = of.getBoundingClientRect();
    if (box.width === 0 || of.closest('.spoken')) continue;
    const { part, cut } = seen(of, box);
    const label = (of.ariaLabel ?? of.textContent ?? '').trim().slice(0, 40);
    if (cut) found.add(`the control “${label}” of ${named(of)} is cut by ${cut}`);
    if (!empty(part)) {
      for (const text of texts) {
        const both = meet(part, text.box);
        const apart = of.contains(text.of) || text.of.contains(of) || text.layer !== layer(of);
        if (!apart && both.right - both.left > 3 && both.bottom - both.top > 6) {
          found.add(`“${text.text.slice(0, 30)}” lies under the control “${label}”`);
        }
      }
    }
    const scroller = (up: Element | null): boolean =>
      up !== null && (scrolls(getComputedStyle(up).overflowY) || scroller(up.parentElement));
    const out = box.bottom > innerHeight + 1 || box.right > innerWidth + 1 || box.left < -1;
    if (out && !scroller(of.parentElement) && (fixed || root.scrollHeight <= innerHeight)) {
      found.add(`the control “${label}” of ${named(of)} is out of reach`);
    }
  }
  return [...found];
}
