import { asked, settled } from './page.ts';
import { expect, test, type Locator } from './warm.ts';

test('sr_32 an unknown host opens on the second click only', async ({ page }) => {
  await page.goto('/ring.html?ring=doubt');
  const stranger = page.getByRole('button', { name: /meet-now\.example\.net/ });
  await expect(stranger).toContainText('not a known service');
  await stranger.click();
  await expect(stranger).toContainText('Open anyway');
  await expect(page.getByRole('status')).toContainText('meet-now.example.net is no known');
  expect(await asked(page)).toEqual([]);
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

test('Esc folds what is unfolded before it dismisses anything', async ({ page }) => {
  await page.goto('/ring.html');
  const snooze = page.getByRole('button', { name: 'Snooze' });
  await snooze.press('Enter');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'At start' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'At start' })).toBeHidden();
  await expect(snooze).toBeFocused();
  expect(await asked(page)).toEqual([]);
  await page.keyboard.press('Escape');
  expect(await asked(page)).toEqual([['dismiss', 'r/review']]);
});

test('Esc in a ring that is empty closes its window, and nothing else does', async ({ page }) => {
  await page.goto('/ring.html');
  await expect(page.getByRole('heading', { name: 'Supplier review' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('article')).toHaveCount(0);
  await page.keyboard.press('Enter');
  expect(await asked(page)).toEqual([['dismiss', 'r/review']]);
  await page.keyboard.press('Escape');
  expect(await asked(page)).toEqual([['dismiss', 'r/review'], ['closeRing']]);
});

test('Join is in one line, also in a window that has become narrow', async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 420 });
  await page.goto('/ring.html?ring=many');
  const join = page.getByRole('button', { name: 'Join now' }).first();
  const lines = await join.evaluate((button) => {
    const words = [...button.childNodes].find((one) => one.textContent?.trim() === 'Join now');
    const range = document.createRange();
    range.selectNodeContents(words ?? button);
    return range.getClientRects().length;
  });
  expect(lines).toBe(1);
});

test('by Tab the way is from the title to Join, and to the end of the ring last', async ({
  page,
}) => {
  await page.goto('/ring.html');
  const names = [/^Supplier review/, /^Join Webex/, /^Snooze/, /^Dismiss/];
  for (const name of names) {
    await page.keyboard.press('Tab');
    await expect(page.getByRole('button', { name })).toBeFocused();
  }
});

test('the title leads to the meeting in the agenda', async ({ page }) => {
  await page.goto('/ring.html');
  await page.getByRole('heading').getByRole('button', { name: 'Supplier review' }).click();
  expect(await asked(page)).toEqual([['showMeeting', 'a/review']]);
});

test('snooze offers what still makes sense', async ({ page }) => {
  await page.goto('/ring.html?ring=late');
  await page.getByRole('button', { name: 'Snooze' }).click();
  await expect(page.getByRole('button', { name: 'At start' })).toHaveCount(0);
  await page.getByRole('button', { name: 'In 5 min' }).click();
  expect(await asked(page)).toEqual([['snooze', 'r/review', 'five_minutes']]);
});

test('who is late has a few words for the organizer on the clipboard', async ({ page }) => {
  await page.goto('/ring.html?ring=late');
  await page.getByRole('button', { name: 'Running late' }).click();
  await expect(page.getByRole('status')).toContainText('on the clipboard');
  expect(await asked(page)).toEqual([['runningLate', 'a/review']]);
});

test('sr_32 Enter does not open the only link when its host is unknown', async ({ page }) => {
  await page.goto('/ring.html?ring=unknown');
  await expect(page.getByText('leads to no known service')).toBeVisible();
  await page.keyboard.press('Enter');
  expect(await asked(page)).toEqual([]);
});

test('a ring that fills the screen has the same keys', async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 720 });
  await page.goto('/ring.html?ring=whole-screen');
  await expect(page.getByRole('heading', { name: 'Supplier review' })).toBeVisible();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  expect(await asked(page)).toEqual([
    ['join', 'a/review', 0],
    ['dismiss', 'r/review'],
  ]);
});

/** What of a control can be seen: all of it, or it is cut. */
const whole = (control: Locator) =>
  control.evaluate((one) => {
    const { left, top, right, bottom } = one.getBoundingClientRect();
    const at = document.elementFromPoint((left + right) / 2, (top + bottom) / 2);
    const inside = left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight;
    return inside && (one === at || one.contains(at));
  });

/** Every way to join of the six that ring at once. */
const JOINS = /^(Join now|Join Zoom)|teams\.microsoft\.com|meet-now\.example\.net/;

for (const { name, size, query } of [
  { name: 'as high as it gets', size: { width: 392, height: 880 }, query: 'many' },
  { name: 'on a low and narrow screen', size: { width: 360, height: 420 }, query: 'many' },
  { name: 'over the whole screen', size: { width: 1280, height: 720 }, query: 'whole-screen-many' },
]) {
  test(`of many rings ${name} each Join comes into sight by Tab and by the wheel`, async ({
    page,
  }) => {
    await page.setViewportSize(size);
    await page.goto(`/ring.html?ring=${query}`);
    const joins = page.getByRole('button', { name: JOINS });
    await expect(joins).toHaveCount(6);
    const scrolls = await page
      .locator('main')
      .evaluate((main) => [
        main.scrollHeight > main.clientHeight,
        main.scrollWidth > main.clientWidth,
      ]);
    expect(scrolls).toEqual([true, false]);

    const met = new Set<number>();
    for (let stop = 0; stop < 40 && met.size < 6; stop += 1) {
      await page.keyboard.press('Tab');
      const at = page.locator('button:focus');
      expect(await whole(at), await at.textContent().then(String)).toBe(true);
      const hit = await joins.evaluateAll((all) =>
        all.indexOf(document.activeElement as HTMLElement),
      );
      if (hit >= 0) met.add(hit);
    }
    expect([...met]).toEqual([0, 1, 2, 3, 4, 5]);

    await page.locator('main').evaluate((main) => (main.scrollTop = 0));
    await page.mouse.move(size.width / 2, size.height / 2);
    for (const join of await joins.all()) {
      for (let turn = 0; turn < 40 && !(await whole(join)); turn += 1) {
        await page.mouse.wheel(0, 150);
        await settled(page);
      }
      expect(await whole(join), await join.textContent().then(String)).toBe(true);
    }
  });
}

test('a low window is asked for as high as all that rings', async ({ page }) => {
  await page.setViewportSize({ width: 392, height: 420 });
  await page.goto('/ring.html?ring=many');
  const last = () => page.evaluate(() => (globalThis as unknown as { fitted: number }).fitted);
  const height = await page.locator('.stack').evaluate((one: HTMLElement) => one.offsetHeight);
  expect(height).toBeGreaterThan(600);
  await expect.poll(last).toBe(height + 2);
});

test('keys mean the ring in which the focus is, and go on in the next when it ends', async ({
  page,
}) => {
  await page.goto('/ring.html?ring=many');
  await page.getByRole('button', { name: 'Dismiss Stand-up' }).focus();
  await page.keyboard.press('Escape');
  await expect(
    page.getByRole('button', { name: 'Procurement briefing', exact: true }).first(),
  ).toBeFocused();
  await page.keyboard.press('Escape');
  expect((await asked(page)).filter(([what]) => what === 'dismiss')).toEqual([
    ['dismiss', 'r/standup'],
    ['dismiss', 'r/procurement'],
  ]);
});
