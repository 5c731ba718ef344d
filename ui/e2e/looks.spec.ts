import { choices, type Page as Window } from '../src/lib/fake-choices.ts';
import { misfits } from './fits.ts';
import { looks, sizes, type Look } from './looks.ts';
import { complaints, faults, moving } from './page.ts';
import { expect, test } from './warm.ts';

const windows = Object.keys(looks) as Window[];

/** Colours and words are each looked at in full, and not each with each. */
const sides = [
  ['light', 'en'],
  ['dark', 'sv'],
] as const;

for (const window of windows) {
  for (const look of looks[window]) {
    test(`${window} ${look.name} has no fault for axe, does not move, and fits at twice the size`, async ({
      page,
    }) => {
      const complained = complaints(page);
      await page.setViewportSize(look.size ?? sizes[window]);
      for (const [colorScheme, language] of sides) {
        const name = [window, look.name, colorScheme, language].join('-');
        await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
        await page.goto(`/${window}.html?${look.query ?? ''}&lang=${language}`);
        await expect(page.locator('#window h1')).toBeAttached();
        await look.act?.(page);
        await page.screenshot({ path: `../artefacts/ui/${name}.png` });
        expect.soft(await faults(page), name).toEqual([]);
      }
      // The page is still the Swedish one, whose words are longer.
      expect.soft(await moving(page), 'with no motion wanted').toEqual([]);
      expect.soft(await misfits(page), 'twice the size').toEqual([]);
      await page.screenshot({ path: `../artefacts/ui/${window}-${look.name}-double.png` });
      expect(complained).toEqual([]);
    });
  }
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
