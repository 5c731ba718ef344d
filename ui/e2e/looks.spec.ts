import { choices, type Page as Window } from '../src/lib/fake-choices.ts';
import { misfits } from './fits.ts';
import { looks, sizes, type Look } from './looks.ts';
import { complaints, faults, moving } from './page.ts';
import { expect, test, type Page } from './warm.ts';

const windows = Object.keys(looks) as Window[];

/** Colours and words are each looked at in full; each with each, as far as they matter. */
const sides = [
  { language: 'en', colours: 'light', others: 'dark' },
  { language: 'sv', colours: 'dark', others: 'light' },
] as const;

async function show(page: Page, window: Window, look: Look, language: string): Promise<void> {
  await page.setViewportSize(look.size ?? sizes[window]);
  await page.goto(`/${window}.html?${look.query ?? ''}&lang=${language}`);
  await expect(page.locator('#window h1')).toBeAttached();
  await look.act?.(page);
}

for (const window of windows) {
  for (const look of looks[window]) {
    test(`${window} ${look.name} has no fault for axe, does not move, and fits, also at twice the size`, async ({
      page,
    }) => {
      const complained = complaints(page);
      const grows = look.size === undefined;
      for (const { language, colours, others } of sides) {
        const name = [window, look.name, colours, language].join('-');
        await page.emulateMedia({ colorScheme: colours, reducedMotion: 'reduce' });
        await show(page, window, look, language);
        await page.screenshot({ path: `../artefacts/ui/${name}.png` });
        expect.soft(await faults(page), name).toEqual([]);
        await page.emulateMedia({ colorScheme: others });
        expect.soft(await faults(page, 'colours'), `${name} in ${others}`).toEqual([]);
        await page.emulateMedia({ colorScheme: colours });
        expect.soft(await misfits(page, { times: 1, grows }), name).toEqual([]);
      }
      // The page is still the Swedish one, whose words are longer.
      expect.soft(await moving(page), 'with no motion wanted').toEqual([]);
      expect.soft(await misfits(page, { times: 2, grows }), 'twice the size').toEqual([]);
      await page.screenshot({ path: `../artefacts/ui/${window}-${look.name}-double.png` });
      expect(complained).toEqual([]);
    });
  }
}

/** Those that together have all kinds of things that stand at one side. */
const mirrored: Record<Window, string[]> = {
  agenda: ['day', 'menu', 'details-people', 'keys'],
  ring: ['late', 'many-low'],
  schedule: ['filled', 'smallest'],
  settings: ['reminders', 'remove'],
  setup: ['first', 'nobody'],
};

for (const window of windows) {
  test(`${window}: a language from right to left has its words and room for them`, async ({
    page,
  }) => {
    const complained = complaints(page);
    await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
    for (const name of mirrored[window]) {
      const look = looks[window].find((one) => one.name === name);
      if (!look) throw new Error(`${window} has no look ${name}`);
      await show(page, window, look, 'ar');
      await expect(page.locator('html')).toHaveAttribute('dir', 'rtl');
      await expect(page.locator('html')).toHaveAttribute('lang', 'ar');
      await expect(page.locator('[dir=ltr]')).toHaveCount(0);
      await page.screenshot({ path: `../artefacts/ui/${window}-${name}-rtl.png` });
      expect
        .soft(await page.locator('#window').textContent(), name)
        .toMatch(/\p{Script=Arabic}{4}/u);
      expect.soft(await faults(page), name).toEqual([]);
      const grows = look.size === undefined;
      expect.soft(await misfits(page, { times: 1, grows }), name).toEqual([]);
    }
    expect(complained).toEqual([]);
  });
}

test('every state that a made-up window can be in is looked at, under a name of its own', () => {
  const chosen = (look: Look, name: string) => new URLSearchParams(look.query).get(name);
  const missing: string[] = [];
  const known = (window: Window): Record<string, readonly string[]> => choices[window];
  for (const window of windows) {
    for (const [name, values] of Object.entries(known(window))) {
      for (const value of values) {
        const usual = value === values[0];
        const hit = looks[window].some((look) => {
          const wish = chosen(look, name);
          return wish === value || (usual && wish === null);
        });
        if (!hit) missing.push(`${window}?${name}=${value}`);
      }
    }
    const names = looks[window].map((look) => look.name);
    expect(new Set(names).size, window).toBe(names.length);
  }
  expect(missing).toEqual([]);
  expect(windows.toSorted()).toEqual(Object.keys(choices).toSorted());
});
