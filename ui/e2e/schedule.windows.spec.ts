import { expect, test, type Page } from '@playwright/test';
import { faults } from './page.ts';

const wide = { width: 1040, height: 720 };
const narrow = { width: 720, height: 900 };

interface Look {
  name: string;
  query: string;
  size?: { width: number; height: number };
  /** Looked at in one language by day and in the other one by night only. */
  side?: true;
  /** Brings the window into the state. */
  act?: (page: Page) => Promise<void>;
}

const send = async (page: Page) => {
  await page.locator('footer .primary').click();
};

const looks: Look[] = [
  { name: 'filled', query: '' },
  { name: 'empty', query: 'state=empty' },
  { name: 'unknown', query: 'state=unknown' },
  { name: 'none', query: 'state=none' },
  { name: 'accounts', side: true, query: 'state=accounts' },
  { name: 'asking', side: true, query: 'state=asking' },
  { name: 'loading', side: true, query: 'state=loading' },
  { name: 'sending', side: true, query: 'send=sending', act: send },
  { name: 'sent', query: 'send=sent', act: send },
  { name: 'unsure', query: 'send=unsure', act: send },
  { name: 'refused', query: 'send=refused', act: send },
  { name: 'problem', side: true, query: 'send=problem', act: send },
  { name: 'narrow', query: 'state=unknown', size: narrow },
  { name: 'smallest', side: true, query: '', size: { width: 720, height: 560 } },
  {
    name: 'own-link',
    side: true,
    query: '',
    act: async (page) => {
      await page.getByRole('radiogroup').first().locator('label').nth(2).click();
    },
  },
  {
    name: 'completion',
    side: true,
    query: 'state=empty',
    act: async (page) => {
      await page.getByRole('combobox').first().fill('a');
      await expect(page.getByRole('listbox')).toBeVisible();
    },
  },
  {
    name: 'calendar',
    side: true,
    query: '',
    act: async (page) => {
      await page.locator('.between-field').click();
      await expect(page.getByRole('dialog')).toBeVisible();
    },
  },
  {
    name: 'person',
    side: true,
    query: '',
    act: async (page) => {
      await page.locator('[data-chip]').first().click();
      await expect(page.getByRole('menu')).toBeVisible();
    },
  },
];

const outcomes = ['sent', 'unsure', 'refused'];

/** Opens the window in a state; answers what the console complains about. */
async function show(page: Page, look: Look, language: string): Promise<string[]> {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      complaints.push(message.text());
    }
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.setViewportSize(look.size ?? wide);
  await page.goto(`/schedule.html?${look.query}&lang=${language}`);
  await expect(page.locator('#window h1')).toBeVisible();
  await look.act?.(page);
  if (outcomes.includes(look.name)) {
    await expect(page.locator(`.told.${look.name}`)).toBeVisible();
  }
  return complaints;
}

for (const look of looks) {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const language of look.side ? [colorScheme === 'light' ? 'en' : 'sv'] : ['en', 'sv']) {
      test(`schedule ${look.name} ${colorScheme} ${language} has no fault for axe`, async ({
        page,
      }) => {
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        const complaints = await show(page, look, language);
        const name = ['schedule', look.name, colorScheme, language].join('-');
        await page.screenshot({ path: `../artefacts/ui/${name}.png` });
        expect(await faults(page)).toEqual([]);
        expect(complaints).toEqual([]);
      });
    }
  }
}
