import { expect, test, type Page } from '@playwright/test';

const asked = (page: Page) =>
  page.evaluate(() => (globalThis as unknown as { asked: unknown[][] }).asked);

test('J joins the next meeting and C copies its link', async ({ page }) => {
  await page.goto('/agenda.html');
  await expect(page.getByRole('heading', { name: 'Supplier review' })).toBeVisible();
  await page.keyboard.press('j');
  await page.keyboard.press('c');
  expect(await asked(page)).toEqual([
    ['join', 'a/review', 0],
    ['copyLink', 'a/review', 0],
  ]);
  await expect(page.getByText('Link copied')).toBeVisible();
});

test('arrows go from row to row, Enter opens the details, J means that row', async ({ page }) => {
  await page.goto('/agenda.html');
  const row = page.getByRole('button', { name: /Design critique/ });
  await expect(row).toBeVisible();
  for (let step = 0; step < 5; step += 1) await page.keyboard.press('ArrowDown');
  await expect(row).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(row).toHaveAttribute('aria-expanded', 'true');
  await expect(page.getByText('What we learned from the field visit')).toBeVisible();
  await page.keyboard.press('j');
  expect(await asked(page)).toEqual([['join', 'a/design', 0]]);
  await page.keyboard.press('Escape');
  await expect(row).toHaveAttribute('aria-expanded', 'false');
});

test('/ searches titles and people as one types and Esc ends it', async ({ page }) => {
  await page.goto('/agenda.html');
  await expect(page.getByRole('button', { name: /Vendor call/ })).toBeVisible();
  await page.keyboard.press('/');
  await page.keyboard.type('omar design');
  await expect(page.getByRole('button', { name: /Design critique/ })).toBeVisible();
  await expect(page.getByRole('button', { name: /Vendor call/ })).toHaveCount(0);
  await page.keyboard.type(' nowhere');
  await expect(page.getByText('No meeting matches “omar design nowhere”.')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: /Vendor call/ })).toBeVisible();
  expect(await asked(page)).toEqual([]);
});

test('a change on the server appears without a click', async ({ page }) => {
  await page.goto('/agenda.html');
  await expect(page.getByRole('button', { name: /Vendor call/ })).toBeVisible();
  await expect(page.getByText('Call from Kiruna')).toHaveCount(0);
  await page.evaluate(() => globalThis.dispatchEvent(new Event('fake-change')));
  await expect(page.getByText('Call from Kiruna')).toBeVisible();
});

test('sr_29 markup in an invitation is shown as text', async ({ page }) => {
  const left: string[] = [];
  page.on('request', (request) => {
    if (!request.url().startsWith('http://127.0.0.1:4173/')) left.push(request.url());
  });
  await page.goto('/agenda.html');
  await page.getByRole('button', { name: /Procurement briefing/ }).click();
  await expect(page.getByText('<a href="javascript:alert(1)">meeting</a>')).toBeVisible();
  expect(await page.locator('#window a').count()).toBe(0);
  expect(left).toEqual([]);
});

test('sr_32 an unknown host opens on the second click only', async ({ page }) => {
  await page.goto('/ring.html?ring=doubt');
  const stranger = page.getByRole('button', { name: /meet-now\.example\.net/ });
  await expect(stranger).toContainText('not a known service');
  await stranger.click();
  expect(await asked(page)).toEqual([]);
  await expect(stranger).toContainText('Open anyway');
  await stranger.click();
  expect(await asked(page)).toEqual([['join', 'a/procurement', 1]]);
});

test('sr_32 with two links Enter opens none', async ({ page }) => {
  await page.goto('/ring.html?ring=doubt');
  await expect(page.getByText('Several links')).toBeVisible();
  await page.keyboard.press('Enter');
  expect(await asked(page)).toEqual([]);
});

test('sr_34 a click that a script has made joins nothing', async ({ page }) => {
  await page.goto('/ring.html');
  const join = page.getByRole('button', { name: /^Join Webex/ });
  await expect(join).toBeVisible();
  await join.evaluate((button: HTMLElement) => button.click());
  await expect(page.getByRole('alert')).toContainText('Nothing was opened');
  expect(await asked(page)).toEqual([]);
  await join.click();
  expect(await asked(page)).toEqual([['join', 'a/review', 0]]);
});

test('sr_36 an injected inline script does not run', async ({ page }) => {
  await page.goto('/agenda.html');
  await page.evaluate(() => {
    const script = document.createElement('script');
    script.textContent = 'globalThis.broken = true';
    document.body.append(script);
  });
  expect(await page.evaluate(() => 'broken' in globalThis)).toBe(false);
});

test('the ring joins by Enter, is dismissed by Esc and shows the host', async ({ page }) => {
  await page.goto('/ring.html?ring=several');
  await expect(page.getByText('Opens acme.webex.com')).toBeVisible();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('heading', { name: 'Supplier review' })).toHaveCount(0);
  await expect(page.getByRole('heading', { name: 'Stand-up' })).toBeVisible();
  expect(await asked(page)).toEqual([
    ['join', 'a/review', 0],
    ['dismiss', 'r/review'],
  ]);
});

test('snooze offers what still makes sense', async ({ page }) => {
  await page.goto('/ring.html?ring=late');
  await page.getByRole('button', { name: 'Snooze' }).click();
  await expect(page.getByRole('button', { name: 'At start' })).toHaveCount(0);
  await page.getByRole('button', { name: 'In 5 min' }).click();
  expect(await asked(page)).toEqual([['snooze', 'r/review', 'five_minutes']]);
});

test('the menu is reached and used by keys', async ({ page }) => {
  await page.goto('/agenda.html');
  await page.getByRole('button', { name: 'Menu' }).press('Enter');
  await expect(page.getByRole('menuitem', { name: 'Update now' })).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  expect(await asked(page)).toHaveLength(1);
});

test('text of twice the size is neither cut nor needs sideways scrolling', async ({ page }) => {
  await page.setViewportSize({ width: 408, height: 640 });
  for (const window of ['agenda', 'ring', 'settings', 'setup']) {
    await page.goto(`/${window}.html`);
    await page.evaluate(() => (document.documentElement.style.fontSize = '32px'));
    await expect(page.locator('#window h1')).toBeAttached();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide, window).toBeLessThanOrEqual(408);
  }
});

test('only the list scrolls, and in a low window everything between header and search', async ({
  page,
}) => {
  for (const height of [640, 400]) {
    await page.setViewportSize({ width: 320, height });
    await page.goto('/agenda.html?state=long');
    await expect(page.getByText('Meeting 0.0')).toBeAttached();
    const [whole, scrolls] = await page.evaluate((low) => {
      const box = document.querySelector(low ? 'main' : '.list');
      return [
        document.documentElement.scrollHeight,
        box !== null && box.scrollHeight > box.clientHeight,
      ];
    }, height === 400);
    expect(whole).toBe(height);
    expect(scrolls).toBe(true);
  }
});

test('nothing moves where the user wants no motion', async ({ page }) => {
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await page.goto('/agenda.html');
  const join = page.getByRole('button', { name: /^Join, opens acme/ }).first();
  await expect(join).toBeVisible();
  expect(await join.evaluate((button) => getComputedStyle(button).transitionDuration)).toBe('0s');
});

test('a contrast theme decides the colours', async ({ page }) => {
  await page.emulateMedia({ forcedColors: 'active' });
  await page.goto('/agenda.html');
  await expect(page.getByRole('heading', { name: 'Supplier review' })).toBeVisible();
  await page.screenshot({ path: '../artefacts/ui/agenda-forced-colors.png' });
  const same = await page.evaluate(() => {
    const probe = document.createElement('p');
    document.body.append(probe);
    probe.style.color = 'CanvasText';
    const heading = document.querySelector('.hero h2');
    return heading && getComputedStyle(heading).color === getComputedStyle(probe).color;
  });
  expect(same).toBe(true);
});

test('a thousand meetings scroll without long frames', async ({ page }) => {
  await page.setViewportSize({ width: 408, height: 640 });
  await page.goto('/agenda.html?state=long');
  await expect(page.getByText('Meeting 0.0')).toBeVisible();
  const slow = await page.evaluate(async () => {
    const list = document.querySelector('.list');
    if (!list) throw new Error('no list');
    const frame = () => new Promise<number>((done) => requestAnimationFrame(done));
    await frame();
    let last = await frame();
    const times: number[] = [];
    for (let step = 0; step < 90; step += 1) {
      list.scrollBy(0, 400);
      const now = await frame();
      times.push(now - last);
      last = now;
    }
    return times.sort((a, b) => b - a)[4];
  });
  expect(slow).toBeLessThan(120);
});
