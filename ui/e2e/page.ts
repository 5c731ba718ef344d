import type { Locator, Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What the window asked of the program. */
export const asked = (page: Page): Promise<unknown[][]> =>
  page.evaluate(() => (globalThis as unknown as { asked: unknown[][] }).asked);

/**
 * Presses a row of the agenda where it has come to rest: what is scrolled to is
 * measured anew and may move between the button's going down and its coming up.
 */
export async function pressRow(row: Locator): Promise<void> {
  await row.scrollIntoViewIfNeeded();
  await row.evaluate(async (one) => {
    const frame = () => new Promise(requestAnimationFrame);
    for (let still = 0, top = NaN; still < 5; await frame()) {
      const now = one.getBoundingClientRect().top;
      still = now === top ? still + 1 : 0;
      top = now;
    }
  });
  await row.click();
}

/** Waits until nothing comes, goes or scrolls any more for ten frames. */
export const settled = (page: Page): Promise<void> =>
  page.evaluate(async () => {
    const frame = () => new Promise(requestAnimationFrame);
    const look = () => [...document.querySelectorAll('*')].map((one) => one.scrollTop).join();
    for (let still = 0, seen = ''; still < 10; await frame()) {
      const now = look();
      still = now === seen ? still + 1 : 0;
      seen = now;
    }
  });

/** What the console complains about from now on, such as a broken content policy. */
export function complaints(page: Page): string[] {
  const complained: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      complained.push(message.text());
    }
  });
  page.on('pageerror', (error) => complained.push(error.message));
  return complained;
}

/** What moves by itself, as short lines. */
export const moving = (page: Page): Promise<string[]> =>
  page.evaluate(() =>
    [...document.querySelectorAll('*')].flatMap((one) =>
      ['', '::before', '::after']
        .filter((part) => {
          const { transitionDuration, animationName } = getComputedStyle(one, part);
          return !/^0s(, 0s)*$/.test(transitionDuration) || animationName !== 'none';
        })
        .map((part) => [one.tagName, one.getAttribute('class'), part].join(' ')),
    ),
  );

/** All that axe is asked, and what of it colours alone decide. */
const ASKED = {
  all: {
    type: 'tag',
    values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  },
  colours: { type: 'rule', values: ['color-contrast', 'link-in-text-block'] },
};

/** What axe finds, as short lines. */
export async function faults(page: Page, what: keyof typeof ASKED = 'all'): Promise<string[]> {
  // Through the debugger, which the page's content policy does not bind.
  const there = await page.evaluate(() => 'axe' in globalThis);
  if (!there) await page.evaluate(axe);
  return page.evaluate(async (runOnly) => {
    interface Found {
      violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[];
    }
    const { axe } = globalThis as unknown as {
      axe: { run(on: Document, options: object): Promise<Found> };
    };
    const found = await axe.run(document, {
      // Nobody reads what was well; to write it down costs half of the time.
      resultTypes: ['violations'],
      runOnly,
    });
    return found.violations.flatMap((one) =>
      one.nodes.map((node) => `${one.id}: ${node.html} ${node.failureSummary ?? ''}`),
    );
  }, ASKED[what]);
}
