import { expect, test } from '@playwright/test';
import { asked } from './page.ts';

test('a refused sign-in keeps what was typed, says why, and the next try can succeed', async ({
  page,
}) => {
  await page.goto('/setup.html?setup=credentials');
  await page.getByLabel('Exchange server').fill('https://mail.example.org/EWS/Exchange.asmx');
  await page.getByLabel('User name').fill('anna');
  await page.getByLabel('Password').fill('wrong');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toContainText('refused the user name or the password');
  await expect(page.getByRole('alert')).toBeFocused();
  await expect(page.getByLabel('User name')).toHaveValue('anna');
  await expect(page.getByRole('button', { name: 'Try again' })).toBeVisible();

  await page.goto('/setup.html');
  await page.getByLabel('Exchange server').fill('https://mail.example.org/EWS/Exchange.asmx');
  await page.getByLabel('User name').fill('anna');
  await page.getByLabel('Password').fill('right');
  await page.getByRole('button', { name: 'Connect' }).click();
  await expect.poll(() => asked(page)).toHaveLength(2);
  expect((await asked(page))[1]).toEqual(['finishSetup']);
  await expect(page.getByLabel('Password')).toHaveValue('');
});

test('the e-mail address finds the server, which the user sees before the password goes there', async ({
  page,
}) => {
  await page.goto('/setup.html');
  await page.getByLabel('E-mail address').fill('anna@example.org');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('status')).toContainText('Found https://mail.example.org/');
  await expect(page.getByLabel('Exchange server')).toHaveValue(/^https:..mail\.example\.org/);
  await expect(page.getByLabel('User name')).toHaveValue('anna@example.org');
  expect(await asked(page)).toEqual([['findServer', 'anna@example.org']]);

  await page.goto('/setup.html?setup=unknown');
  await page.getByLabel('E-mail address').fill('anna@example.org');
  await page.getByRole('button', { name: 'Find server' }).click();
  await expect(page.getByRole('alert')).toContainText('No Exchange server was found');
});

test('text of twice the size is neither cut nor needs sideways scrolling', async ({ page }) => {
  await page.setViewportSize({ width: 408, height: 640 });
  for (const window of ['agenda', 'ring', 'setup']) {
    await page.goto(`/${window}.html`);
    await page.evaluate(() => (document.documentElement.style.fontSize = '32px'));
    await expect(page.locator('#window h1')).toBeAttached();
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide, window).toBeLessThanOrEqual(408);
  }
});
