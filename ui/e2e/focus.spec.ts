import type { Page as Window } from '../src/lib/fake-choices.ts';
import { looks, sizes } from './looks.ts';
import { settled } from './page.ts';
import { expect, test, type Page } from './warm.ts';

/** The states whose controls, together, are all kinds that a window has. */
const walked: Record<Window, string[]> = {
  agenda: ['day', 'sign-in', 'details-people', 'details-doubt', 'details-cancel'],
  ring: ['before', 'several', 'doubt', 'late', 'snooze'],
  schedule: ['filled', 'edit', 'own-link', 'discard'],
  settings: ['accounts', 'reminders', 'keywords', 'undo', 'report'],
  setup: [
    'first-more',
    'sign-in-more',
    'way-browser',
    'refused',
    'code',
    'done',
    'no-keyring',
    'passphrase-choose',
    'passphrase-enter',
  ],
};

/** Where a walk with Tab has come to. */
interface Stop {
  /** The control that has the focus; none where the walk is at its end. */
  control: string | null;
  /** Whether an outline is in sight that is not there without the focus. */
  outlined: boolean;
}

/** Puts the walk before the first control, and notes what is outlined all the same. */
const begin = (page: Page) =>
  page.evaluate(() => {
    // Where the focus was last is where Tab goes on.
    const start = document.createElement('p');
    start.tabIndex = -1;
    document.body.prepend(start);
    start.focus();
    start.remove();
    const outlined = () =>
      [...document.querySelectorAll('*')].filter((one) => {
        const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(one);
        const drawn = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
        const clear = /^(transparent|rgba\(.*, 0\))$/.test(outlineColor);
        const { width, height, left, top, right, bottom } = one.getBoundingClientRect();
        const inSight = right > 0 && bottom > 0 && left < innerWidth && top < innerHeight;
        const hidden = one.matches('.spoken') || !one.checkVisibility({ opacityProperty: true });
        return drawn && !clear && inSight && !hidden && width > 1 && height > 1;
      });
    const always = new Set(outlined());
    const seen = new Set<Element>();
    Object.assign(globalThis, {
      stop: (): Stop => {
        const active = document.activeElement;
        if (!active || active === document.body || seen.has(active)) {
          return { control: null, outlined: false };
        }
        seen.add(active);
        const named = [active.tagName, active.id, active.getAttribute('class'), active.textContent];
        const control = named.join(' ').slice(0, 120);
        return { control, outlined: outlined().some((one) => !always.has(one)) };
      },
    });
    // Of a group of rounds to tick only one is a stop, so they are not counted.
    const reachable = [...document.querySelectorAll<HTMLElement>('*')].filter(
      (one) =>
        one.tabIndex >= 0 &&
        !one.matches(':disabled, [type=radio]') &&
        one.checkVisibility({ visibilityProperty: true }),
    );
    return reachable.length;
  });

const next = async (page: Page): Promise<Stop> => {
  await page.keyboard.press('Tab');
  return page.evaluate(async () => {
    await new Promise(requestAnimationFrame);
    return (globalThis as unknown as { stop: () => Stop }).stop();
  });
};

/** Walks through a window's states; says which controls do not show the focus. */
async function walk(page: Page, window: Window, shot?: string): Promise<void> {
  for (const name of walked[window]) {
    const look = looks[window].find((one) => one.name === name);
    if (!look) throw new Error(`${window} has no look ${name}`);
    await page.setViewportSize(look.size ?? sizes[window]);
    await page.goto(`/${window}.html?${look.query ?? ''}`);
    await expect(page.locator('#window h1')).toBeAttached();
    await look.act?.(page);
    await settled(page);
    if (shot) await page.screenshot({ path: `../artefacts/ui/${window}-${name}-${shot}.png` });
    const controls = await begin(page);
    const bare: string[] = [];
    let stops = 0;
    for (let stop = await next(page); stop.control !== null; stop = await next(page)) {
      stops += 1;
      if (!stop.outlined) bare.push(stop.control);
      if (stops > 200) throw new Error(`${name}: Tab does not come to an end`);
    }
    expect.soft(bare, name).toEqual([]);
    expect.soft(stops, name).toBeGreaterThanOrEqual(controls);
  }
}

for (const window of Object.keys(walked) as Window[]) {
  test(`${window}: Tab leads to every control, and each shows that it has the focus`, async ({
    page,
  }) => walk(page, window));

  test(`${window}: in a contrast theme each control shows that it has the focus, too`, async ({
    page,
  }) => {
    await page.emulateMedia({ forcedColors: 'active' });
    await walk(page, window, 'contrast');
  });
}
