import { asked } from './page.ts';
import { expect, test, type Page } from './warm.ts';

const section = (page: Page, name: string) =>
  page.getByRole('navigation').getByRole('button', { name, exact: true }).click();

test('a change counts at once, is named, and can be taken back', async ({ page }) => {
  await page.goto('/settings.html');
  await section(page, 'Reminders');
  const minutes = page.getByLabel('Ring before the start');
  await minutes.fill('3');
  await minutes.press('Enter');
  await expect(page.getByRole('status')).toHaveText('Saved');
  await page.getByRole('button', { name: 'Undo: Ring before the start' }).click();
  await expect(minutes).toHaveValue('5');
  await expect(page.getByRole('button', { name: /^Undo/ })).toHaveCount(0);
  expect(await asked(page)).toEqual([
    ['changeSetting', { name: 'minutes_before', value: { kind: 'text', text: '3' } }],
    ['undoSetting'],
  ]);
});

test('the language changes in front of the user, who stays where they were', async ({ page }) => {
  await page.goto('/settings.html');
  await section(page, 'Appearance and language');
  await page.getByLabel('Language', { exact: true }).selectOption('sv');
  await expect(page.getByRole('heading', { name: 'Utseende och språk' })).toBeVisible();
  await expect(page.getByLabel('Språk', { exact: true })).toHaveValue('sv');
  expect(await page.evaluate(() => document.documentElement.lang)).toBe('sv');
  await page.getByRole('button', { name: 'Ångra: Språk' }).click();
  await expect(page.getByRole('heading', { name: 'Appearance and language' })).toBeVisible();
});

test('the days of a week are called as the language of the window calls them', async ({ page }) => {
  for (const [query, heading, names] of [
    ['', 'Reminders', ['Monday', 'Sunday']],
    ['?lang=sv', 'Påminnelser', ['måndag', 'söndag']],
  ] as const) {
    await page.goto(`/settings.html${query}`);
    await section(page, heading);
    for (const name of names) {
      await expect(page.getByRole('checkbox', { name, exact: true })).toBeVisible();
    }
  }
});

test('colours follow the choice and not the system', async ({ page }) => {
  await page.emulateMedia({ colorScheme: 'light' });
  await page.goto('/settings.html');
  await section(page, 'Appearance and language');
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.getByLabel('Colours').selectOption('dark');
  await expect.poll(ground).not.toBe(light);
});

test('boxes to tick follow the colours, and their mark is there when they are ticked', async ({
  page,
}) => {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.goto('/settings.html');
    await section(page, 'Reminders');
    const drawn = (name: string) =>
      page.getByRole('checkbox', { name, exact: true }).evaluate((box) => {
        const [own, mark] = [getComputedStyle(box), getComputedStyle(box, '::after')];
        const marked = mark.content !== 'none' && mark.borderBottomColor;
        return [own.appearance, own.backgroundColor, own.borderTopColor, marked];
      });
    const [surface, faint, accent, onAccent] = await page.evaluate(() => {
      const probe = document.body.appendChild(document.createElement('p'));
      const colours = ['surface', 'faint', 'accent', 'on-accent'].map((token) => {
        probe.style.color = `var(--${token})`;
        return getComputedStyle(probe).color;
      });
      probe.remove();
      return colours;
    });
    expect(await drawn('Saturday'), colorScheme).toEqual(['none', surface, faint, false]);
    expect(await drawn('Monday'), colorScheme).toEqual(['none', accent, accent, onAccent]);
    await page.getByRole('checkbox', { name: 'Saturday', exact: true }).check();
    expect(await drawn('Saturday'), colorScheme).toEqual(['none', accent, accent, onAccent]);
  }
  await page.emulateMedia({ forcedColors: 'active' });
  const box = page.getByRole('checkbox', { name: 'Monday', exact: true });
  expect(await box.evaluate((one) => getComputedStyle(one).appearance)).toBe('auto');
});

test('what is ticked and refused goes back to what counts', async ({ page }) => {
  await page.goto('/settings.html');
  await section(page, 'Reminders');
  const day = (name: string) => page.getByRole('checkbox', { name, exact: true });
  for (const name of ['Monday', 'Tuesday', 'Wednesday', 'Thursday']) await day(name).uncheck();
  await day('Friday').click();
  await expect(page.getByRole('alert')).toContainText('on one day at least');
  await expect(day('Friday')).toBeChecked();
  await expect(day('Friday')).toBeFocused();
  await day('Monday').check();
  await expect(page.getByRole('alert')).toHaveCount(0);
});

test('each text that was refused stays with its reason until it is changed', async ({ page }) => {
  await page.goto('/settings.html');
  await section(page, 'Shortcuts');
  const mute = page.getByLabel('Mute for an hour');
  const agenda = page.getByLabel('Open the agenda');
  await mute.fill('J');
  await mute.press('Enter');
  const alert = page.getByRole('alert');
  await expect(alert).toContainText('“J” is no combination');
  // Another change says nothing about this one.
  await agenda.fill('Ctrl+Alt+B');
  await agenda.press('Enter');
  await expect(page.getByRole('status')).toHaveText('Saved');
  await expect(mute).toHaveValue('J');
  await expect(mute).toHaveAttribute('aria-invalid', 'true');
  await expect(alert).toHaveCount(1);
  await page.getByRole('button', { name: /^Undo/ }).click();
  await expect(mute).toHaveValue('J');
  await expect(alert).toHaveCount(1);
  await mute.fill('Ctrl+Alt+M');
  await mute.press('Enter');
  await expect(alert).toHaveCount(0);
  await expect(mute).toHaveAttribute('aria-invalid', 'false');
});

test('an undo that brings a field back takes the reason beside it along', async ({ page }) => {
  await page.goto('/settings.html');
  await section(page, 'Shortcuts');
  const mute = page.getByLabel('Mute for an hour');
  for (const keys of ['Ctrl+Alt+M', 'J']) {
    await mute.fill(keys);
    await mute.press('Enter');
  }
  await expect(page.getByRole('alert')).toContainText('“J” is no combination');
  await page.getByRole('button', { name: /^Undo/ }).click();
  await expect(mute).toHaveValue('');
  await expect(page.getByRole('alert')).toHaveCount(0);
});

test('what the system refuses is back in its field, with the reason', async ({ page }) => {
  await page.goto('/settings.html');
  await section(page, 'Shortcuts');
  const join = page.getByLabel('Join the next meeting');
  await join.fill('Ctrl+Alt+T');
  await join.press('Enter');
  await expect(page.getByRole('alert')).toContainText('does not give Ctrl+Alt+T to Joinbell');
  await expect(join).toHaveValue('Ctrl+Alt+J');
});

test('the footer takes no room while it says nothing, and covers nothing when it speaks', async ({
  page,
}) => {
  await page.setViewportSize({ width: 760, height: 620 });
  await page.goto('/settings.html');
  await section(page, 'Reminders');
  const height = () => page.locator('footer').evaluate((one: HTMLElement) => one.offsetHeight);
  expect(await height()).toBe(0);
  expect((await page.locator('main').boundingBox())?.height).toBe(620);
  const last = page.getByRole('switch', { name: 'Start when I sign in' });
  await last.scrollIntoViewIfNeeded();
  await last.press('Space');
  await expect(page.getByRole('status')).toHaveText('Saved');
  expect(await height()).toBeGreaterThanOrEqual(52);
  await expect(last).toBeInViewport({ ratio: 1 });
  const [control, footer] = [await last.boundingBox(), await page.locator('footer').boundingBox()];
  expect((control?.y ?? 0) + (control?.height ?? 0)).toBeLessThanOrEqual(footer?.y ?? 0);
});

test('a room that something elsewhere lacks is named where it is written', async ({ page }) => {
  await page.goto('/settings.html');
  await section(page, 'Shortcuts');
  const text = 'The settings name no room of your own to meet in; name one under Keywords.';
  await page.evaluate(
    (detail) => globalThis.dispatchEvent(new CustomEvent('fake-failure', { detail })),
    { code: 'no_room', text },
  );
  await expect(page.getByRole('heading', { name: 'Keywords' })).toBeVisible();
  await expect(page.getByRole('alert')).toHaveText(text);
  const room = page.getByRole('textbox', { name: 'My own room' });
  await expect(room).toBeFocused();
  await room.fill('https://acme.webex.com/meet/anna.berg');
  await room.press('Enter');
  await expect(page.getByRole('status')).toHaveText('Saved');
  await expect(page.getByRole('alert')).toHaveCount(0);
});

test('a value that cannot be used is refused beside its field', async ({ page }) => {
  await page.goto('/settings.html');
  await section(page, 'Keywords');
  const room = page.getByRole('textbox', { name: 'My own room' });
  await room.fill('http://example.org');
  await room.press('Enter');
  await expect(page.getByRole('alert')).toContainText('https address');
  await expect(room).toHaveAttribute('aria-invalid', 'true');
});

test('a section begins at its top, also in a narrow window that scrolls as a whole', async ({
  page,
}) => {
  for (const width of [760, 480]) {
    await page.setViewportSize({ width, height: 620 });
    await page.goto('/settings.html');
    await section(page, 'Reminders');
    const last = page.getByRole('switch', { name: 'Start when I sign in' });
    await last.scrollIntoViewIfNeeded();
    await last.press('Space');
    await expect(page.getByRole('button', { name: /^Undo/ })).toBeInViewport({ ratio: 1 });
    await section(page, 'Keywords');
    await expect(page.getByRole('heading', { name: 'Keywords' })).toBeInViewport({ ratio: 1 });
  }
});

test('/ searches through all sections as one types and Esc ends it', async ({ page }) => {
  await page.goto('/settings.html');
  await expect(page.getByRole('heading', { name: 'Accounts' })).toBeVisible();
  await page.keyboard.press('/');
  await page.keyboard.type('tray');
  await expect(page.getByLabel('Hide titles')).toBeVisible();
  await expect(page.getByLabel('Start when I sign in')).toBeVisible();
  await expect(page.getByLabel('Language')).toHaveCount(0);
  await page.keyboard.type(' nowhere');
  await expect(page.getByText('No setting matches “tray nowhere”.')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('heading', { name: 'Accounts' })).toBeVisible();
});

test('an account goes only after a question that begins with keeping it', async ({ page }) => {
  await page.goto('/settings.html');
  await page.getByRole('button', { name: 'Remove: anna@example.org' }).click();
  await expect(page.getByRole('alertdialog')).toContainText('the mailbox keeps everything');
  await expect(page.getByRole('button', { name: 'Keep it' })).toBeFocused();
  await page.getByRole('button', { name: 'Remove the account' }).click();
  await expect(page.getByText('anna@example.org')).toHaveCount(0);
  await page.getByRole('button', { name: /^Sign in again/ }).click();
  await page.getByRole('button', { name: 'Add account' }).click();
  expect(await asked(page)).toEqual([['removeAccount', 'a'], ['signInAgain', 'b'], ['showSetup']]);
});

test('the report is looked at before it is copied', async ({ page }) => {
  await page.goto('/settings.html');
  await section(page, 'Diagnostics');
  await expect(page.getByRole('button', { name: 'Copy report' })).toHaveCount(0);
  await page.getByRole('button', { name: 'Show the report' }).click();
  await expect(page.getByLabel('Problem report')).toBeFocused();
  await expect(page.getByText('1 place was taken out.')).toBeVisible();
  await page.getByRole('button', { name: 'Copy report' }).click();
  await expect(page.getByText('Report copied')).toBeVisible();
  expect(await asked(page)).toEqual([['copyReport']]);
});

test('everything is reached by Tab, in reading order', async ({ page }) => {
  await page.goto('/settings.html');
  await section(page, 'Privacy');
  const focused = () => page.evaluate(() => document.activeElement?.id);
  for (const id of ['section-appearance', 'section-shortcuts', 'section-diagnostics']) {
    await page.keyboard.press('Tab');
    expect(await focused()).toBe(id);
  }
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('set-hide_titles');
  await page.keyboard.press('Space');
  await page.keyboard.press('Tab');
  expect(await focused()).toBe('undo');
});

test(', opens the settings from the agenda', async ({ page }) => {
  await page.goto('/agenda.html');
  await expect(page.getByRole('heading', { name: 'Supplier review' })).toBeVisible();
  await page.keyboard.press(',');
  expect(await asked(page)).toEqual([['showSettings']]);
});
