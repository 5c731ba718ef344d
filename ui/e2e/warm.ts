import { test as base, type Page } from '@playwright/test';

export { expect } from '@playwright/test';
export type { Locator, Page } from '@playwright/test';

/**
 * The tests of a worker share one page, which is left empty after each: a warm one
 * loads and is judged in a third of the time. The windows keep nothing in the
 * browser, and every test begins with a whole load.
 */
export const test = base.extend<{ page: Page }, { warm: Page }>({
  warm: [
    async ({ browser }, use, { project }) => {
      const page = await browser.newPage({ baseURL: project.use.baseURL ?? '' });
      // A page is loaded before its window is there and listens.
      const go = page.goto.bind(page);
      page.goto = async (url, options) => {
        const answer = await go(url, options);
        if (url !== 'about:blank') await page.locator('#window > *').first().waitFor();
        return answer;
      };
      await use(page);
      await page.close();
    },
    { scope: 'worker' },
  ],
  page: async ({ warm }, use) => {
    await warm.mouse.move(0, 0);
    await warm.setViewportSize({ width: 1280, height: 720 });
    await warm.emulateMedia({ colorScheme: null, forcedColors: null, reducedMotion: null });
    await use(warm);
    warm.removeAllListeners();
    await warm.goto('about:blank');
  },
});
