import { expect, test, type Locator, type Page } from './warm.ts';

/** Scrolls into the middle of the list, waits until it is at rest, and takes a row there. */
async function readFurtherDown(page: Page): Promise<{ row: Locator; top: number }> {
  const list = page.locator('.list');
  await list.evaluate((one) => one.scrollTo(0, 20_000));
  const rows = () =>
    list.evaluate((one) => {
      const { top } = one.getBoundingClientRect();
      return [...document.querySelectorAll<HTMLElement>('[data-key]')].map((row) => ({
        meeting: row.dataset['meeting'] ?? '',
        top: row.getBoundingClientRect().top,
        below: row.getBoundingClientRect().top - top,
      }));
    });
  // At rest there are rows above those in sight as well.
  await expect.poll(async () => (await rows())[0]?.below).toBeLessThan(-100);
  const first = (await rows()).find((row) => row.below > 40);
  if (!first) throw new Error('no row');
  return { row: page.locator(`[data-meeting="${first.meeting}"]`), top: first.top };
}

/** The thousand meetings, and what of the list is in the page. */
async function openThousand(page: Page): Promise<void> {
  await page.setViewportSize({ width: 408, height: 640 });
  await page.goto('/agenda.html?state=long');
  await expect(page.getByText('Meeting 0.0', { exact: true })).toBeVisible();
}

/** Pixels of the list in which nothing is drawn. */
const blank = (page: Page) =>
  page.evaluate(() => {
    const list = document.querySelector('.list')?.getBoundingClientRect();
    if (!list) throw new Error('no list');
    let [reached, missing] = [list.top, 0];
    const lines = [...document.querySelectorAll('.rows > div > *')]
      .map((one) => one.getBoundingClientRect())
      .sort((one, other) => one.top - other.top);
    for (const { top, bottom } of lines) {
      if (bottom <= reached || top >= list.bottom) continue;
      missing += Math.max(0, top - reached - 1);
      reached = bottom;
    }
    return Math.floor(missing + Math.max(0, list.bottom - 12 - reached));
  });

test('a thousand meetings pass by one after the other, and few rows are in the page', async ({
  page,
}) => {
  await openThousand(page);
  await page.setViewportSize({ width: 408, height: 1600 });
  await expect.poll(() => blank(page)).toBe(0);
  const { passed, most } = await page.evaluate(async () => {
    const list = document.querySelector('.list');
    if (!list) throw new Error('no list');
    const passed = new Set<string>();
    let most = 0;
    for (let last = -1; list.scrollTop !== last;) {
      last = list.scrollTop;
      const { bottom } = list.getBoundingClientRect();
      for (let frame = 0, reached = 0; reached < bottom - 60 && frame < 60; frame += 1) {
        await new Promise(requestAnimationFrame);
        const rows = [...document.querySelectorAll('[data-row]')];
        for (const row of rows) passed.add(row.ariaPosInSet ?? '');
        most = Math.max(most, rows.length);
        reached = Math.max(...rows.map((row) => row.getBoundingClientRect().bottom));
      }
      list.scrollBy(0, 1200);
    }
    return { passed: passed.size, most };
  });
  expect(passed).toBe(1000);
  expect(most).toBeLessThan(60);
});

test('where a fling comes to rest no place is empty', async ({ page }) => {
  await openThousand(page);
  const list = page.locator('.list');
  await list.hover();
  for (const by of [9000, 30_000, -14_000, -2500, 60_000]) {
    for (let turn = 0; turn < 5; turn += 1) await page.mouse.wheel(0, by / 5);
    await expect.poll(() => list.evaluate((one) => one.scrollTop)).toBeGreaterThan(500);
    await expect.poll(() => blank(page)).toBe(0);
  }
});

test('who reads further down keeps the place when a meeting comes in above', async ({ page }) => {
  await openThousand(page);
  const { row, top } = await readFurtherDown(page);
  await page.evaluate(() => globalThis.dispatchEvent(new Event('fake-change')));
  await expect(row.getByRole('option')).toHaveAttribute('aria-setsize', '1001');
  await expect
    .poll(async () => Math.abs(((await row.boundingBox())?.y ?? 0) - top))
    .toBeLessThanOrEqual(2);
  expect(await blank(page)).toBe(0);
});

test('who reads further down keeps the place when the window gets low and high again', async ({
  page,
}) => {
  await openThousand(page);
  const { row } = await readFurtherDown(page);
  for (const height of [400, 640]) {
    await page.setViewportSize({ width: 408, height });
    await expect(page.locator('main')).toHaveClass(height === 400 ? /low/ : /^(?!.*low)/);
    await expect(row).toBeInViewport();
  }
});

test('the end of a thousand meetings is one key away, and so is the way back', async ({ page }) => {
  await page.setViewportSize({ width: 408, height: 640 });
  await page.goto('/agenda.html?state=long');
  await page.getByRole('listbox').focus();
  await page.keyboard.press('End');
  const last = page.getByRole('option', { name: /Meeting 49\.19/ });
  await expect(last).toBeInViewport();
  await expect(last).toHaveAttribute('aria-selected', 'true');
  await expect(last).toHaveAttribute('aria-posinset', '1000');
  await expect(last).toHaveAttribute('aria-setsize', '1000');
  await page.getByRole('button', { name: 'Today' }).click();
  await expect(page.getByText('Meeting 0.0', { exact: true })).toBeInViewport();
  await expect(page.getByRole('button', { name: 'Today' })).toHaveCount(0);
});

test('a row that a key goes to is not covered by the heading that sticks', async ({ page }) => {
  await page.setViewportSize({ width: 408, height: 640 });
  await page.goto('/agenda.html?state=long');
  await page.getByRole('listbox').focus();
  for (let step = 0; step < 24; step += 1) await page.keyboard.press('ArrowDown');
  for (let step = 0; step < 16; step += 1) await page.keyboard.press('ArrowUp');
  const row = page.getByRole('option', { selected: true });
  await expect(row).toContainText('Meeting 0.8');
  await expect
    .poll(async () => {
      const [top, stuck] = await Promise.all([
        row.boundingBox(),
        page.locator('.stuck p').boundingBox(),
      ]);
      return (top?.y ?? 0) - (stuck?.y ?? 0) - (stuck?.height ?? 0);
    })
    .toBeGreaterThanOrEqual(-1);
});
