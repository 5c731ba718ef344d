import { expect, test, type Locator, type Page } from '@playwright/test';
import { faults } from './page.ts';

type Window = 'agenda' | 'ring' | 'settings';

/** What a window shows only after it was used: how it comes there, and what is seen then. */
const states: [string, Window, (page: Page) => Promise<void>, (page: Page) => Locator][] = [
  [
    'menu',
    'agenda',
    (page) => page.getByRole('button', { name: /^Men[uy]$/ }).click(),
    (page) => page.getByRole('menuitem').first(),
  ],
  [
    'hits',
    'agenda',
    (page) => page.getByRole('searchbox').fill('omar'),
    (page) => page.getByRole('option').first(),
  ],
  [
    'no-hit',
    'agenda',
    (page) => page.getByRole('searchbox').fill('qqqq'),
    (page) => page.getByText('“qqqq”').or(page.getByText('”qqqq”')),
  ],
  [
    'past',
    'agenda',
    (page) => page.locator('button.past').click(),
    (page) => page.locator('button.past[aria-expanded=true]'),
  ],
  ['keys', 'agenda', (page) => page.locator('body').press('?'), (page) => page.getByRole('dialog')],
  [
    'snooze',
    'ring',
    (page) => page.locator('button[aria-expanded=false]').first().click(),
    (page) => page.locator('button[aria-expanded=true]').first(),
  ],
  [
    'no-hit',
    'settings',
    (page) => page.getByRole('searchbox').fill('qqqq'),
    (page) => page.getByText('“qqqq”').or(page.getByText('”qqqq”')),
  ],
];

const sizes = {
  agenda: { width: 408, height: 760 },
  ring: { width: 392, height: 420 },
  settings: { width: 760, height: 620 },
};

for (const [name, window, use, seen] of states) {
  for (const [colorScheme, language] of [
    ['light', 'en'],
    ['dark', 'sv'],
  ] as const) {
    test(`${window} ${name} ${colorScheme} ${language} has no fault for axe`, async ({ page }) => {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      await page.setViewportSize(sizes[window]);
      await page.goto(`/${window}.html?lang=${language}`);
      await expect(page.locator('#window h1')).toBeAttached();
      await use(page);
      await expect(seen(page)).toBeVisible();
      const picture = [window, name, colorScheme, language].join('-');
      await page.screenshot({ path: `../artefacts/ui/${picture}.png` });
      expect(await faults(page)).toEqual([]);
    });
  }
}
