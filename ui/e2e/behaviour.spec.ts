import { expect, test } from '@playwright/test';

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
