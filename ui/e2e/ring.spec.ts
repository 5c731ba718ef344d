import { asked } from './page.ts';
import { expect, test } from './warm.ts';

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
