import { expect, test, type Page } from '@playwright/test';
import { faults } from './page.ts';

const sizes = {
  agenda: { width: 408, height: 760 },
  ring: { width: 392, height: 320 },
};

type Window = keyof typeof sizes;

const states: [Window, string][] = [
  ['agenda', ''],
  ['agenda', 'state=two'],
  ['agenda', 'state=declined'],
  ['agenda', 'state=offline'],
  ['agenda', 'state=failed'],
  ['agenda', 'state=sign-in'],
  ['agenda', 'state=loading'],
  ['agenda', 'state=empty'],
  ['agenda', 'state=new'],
  ['agenda', 'state=away'],
  ['ring', ''],
  ['ring', 'ring=now'],
  ['ring', 'ring=late'],
  ['ring', 'ring=several'],
  ['ring', 'ring=doubt'],
  ['ring', 'ring=unknown'],
  ['ring', 'ring=no-link'],
];

/** Opens a window and fails the test when the content policy was broken. */
async function show(page: Page, window: Window, query: string): Promise<string[]> {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      complaints.push(message.text());
    }
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.setViewportSize(sizes[window]);
  await page.goto(`/${window}.html?${query}`);
  await expect(page.locator('#window h1')).toBeAttached();
  return complaints;
}

for (const [window, query] of states) {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const language of ['en', 'sv']) {
      test(`${window} ${query} ${colorScheme} ${language} has no fault for axe`, async ({
        page,
      }) => {
        await page.emulateMedia({ colorScheme });
        const complaints = await show(page, window, `${query}&lang=${language}`.replace(/^&/, ''));
        const name = [window, query.replace(/\W/g, '-'), colorScheme, language].filter(Boolean);
        await page.screenshot({ path: `../artefacts/ui/${name.join('-')}.png` });
        expect(await faults(page)).toEqual([]);
        expect(complaints).toEqual([]);
      });
    }
  }
}
