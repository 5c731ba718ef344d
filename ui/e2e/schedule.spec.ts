import { asked } from './page.ts';
import { expect, test, type Page } from './warm.ts';

/** The changes the window told the session, in order. */
const changes = async (page: Page) =>
  (await asked(page)).filter((one) => one[0] === 'changeSchedule').map((one) => one[1]);

const slot = (page: Page) => page.getByRole('slider', { name: 'Time of the meeting' });
const footer = (page: Page) => page.locator('footer');

test.beforeEach(async ({ page }) => {
  await page.setViewportSize({ width: 1040, height: 720 });
});

async function open(page: Page, query = ''): Promise<void> {
  await page.goto(`/schedule.html?${query}`);
  await expect(page.getByRole('heading', { name: 'Schedule meeting' })).toBeVisible();
}

test('a meeting is made by keys alone, from the title to the send button', async ({ page }) => {
  await open(page, 'state=empty');
  await page.keyboard.press('Tab');
  await expect(page.getByLabel('Title')).toBeFocused();
  await page.keyboard.type('Field visit');
  await page.keyboard.press('Tab');
  await page.keyboard.type('an');
  await expect(page.getByRole('option', { name: /Ana Berg/ })).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('Enter');
  // Whoever is written is taken where one goes on without Enter.
  await page.keyboard.type('omar haddad');
  await page.keyboard.press('Tab');
  await expect(page.getByRole('button', { name: 'Omar Haddad, options' })).toBeVisible();
  await page.keyboard.type('maria');
  await expect(page.getByRole('option', { name: /Maria Keller/ })).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Maria Keller, options' })).toBeVisible();
  await page.getByRole('radio', { name: /^Tue 24 Nov 10:30/ }).focus();
  await page.keyboard.press('Space');
  await expect(footer(page)).toContainText('Tue 24 Nov, 10:30 – 11:00');
  await page.keyboard.press('Control+Enter');
  await expect(page.getByRole('status').filter({ hasText: 'Sent.' })).toContainText(
    'In your calendar since',
  );
  const told = await changes(page);
  expect(told).toContainEqual({ kind: 'title', text: 'Field visit' });
  expect(told).toContainEqual({ kind: 'invite', who: 'ana@example.org', part: 'required' });
  expect(told).toContainEqual({ kind: 'invite', who: 'omar haddad', part: 'required' });
  expect(told).toContainEqual({ kind: 'invite', who: 'maria@example.org', part: 'optional' });
  expect((await asked(page)).filter((one) => one[0] === 'sendSchedule')).toHaveLength(1);
});

test('what was half typed for one meeting is not for the next one', async ({ page }) => {
  await open(page, 'state=empty');
  const next = () => page.evaluate(() => globalThis.dispatchEvent(new Event('fake-draft')));
  await page.getByLabel('Title').fill('Salaries');
  await next();
  // The window may be behind another one, with its field focused.
  await expect(page.getByLabel('Title')).toHaveValue('Field visit: findings');
  const field = page.getByRole('combobox', { name: 'Required' });
  await field.pressSequentially('bo');
  await next();
  await expect(field).toHaveValue('');
  await page.keyboard.press('Control+Enter');
  await expect.poll(async () => (await asked(page)).at(-1)).toEqual(['sendSchedule']);
  expect(await changes(page)).toEqual([{ kind: 'title', text: 'Salaries' }]);
});

test('of a change the message says that it replaces the text of the invitation', async ({
  page,
}) => {
  await page.goto('/schedule.html?state=edit');
  await expect(page.getByLabel('New message (replaces the invitation’s text)')).toBeVisible();
  await open(page);
  await expect(page.getByLabel('Message', { exact: true })).toBeVisible();
});

test('whoever is written is invited, also without Enter, when the meeting is sent', async ({
  page,
}) => {
  await open(page);
  const field = page.getByRole('combobox', { name: 'Optional' });
  await field.pressSequentially('joe@acme.example');
  await page.keyboard.press('Control+Enter');
  await expect.poll(async () => (await asked(page)).at(-1)).toEqual(['sendSchedule']);
  expect(await changes(page)).toEqual([
    { kind: 'invite', who: 'joe@acme.example', part: 'optional' },
  ]);

  await open(page);
  await field.pressSequentially('joe@acme.example');
  await footer(page).getByRole('button', { name: /^Send/ }).click();
  await expect.poll(async () => (await asked(page)).at(-1)).toEqual(['sendSchedule']);
  expect(await changes(page)).toEqual([
    { kind: 'invite', who: 'joe@acme.example', part: 'optional' },
  ]);
});

test('a comma within a name parts nobody, one behind an address does', async ({ page }) => {
  await open(page, 'state=empty');
  const field = page.getByRole('combobox', { name: 'Required' });
  await field.pressSequentially('Haddad, Omar');
  await expect(field).toHaveValue('Haddad, Omar');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Enter');
  await expect(field).toHaveValue('');
  await field.pressSequentially('ana@example.org,');
  await expect(field).toHaveValue('');
  expect(await changes(page)).toEqual([
    { kind: 'invite', who: 'Haddad, Omar', part: 'required' },
    { kind: 'invite', who: 'ana@example.org', part: 'required' },
  ]);
});

test('a name of the list that is pressed is taken, and not what was typed to find it', async ({
  page,
}) => {
  await open(page, 'state=empty');
  await page.getByRole('combobox', { name: 'Required' }).pressSequentially('an');
  await page.getByRole('option', { name: /Ana Berg/ }).click();
  await expect(page.getByRole('button', { name: 'Ana Berg, options' })).toBeVisible();
  await page.getByLabel('Title').click();
  expect(await changes(page)).toEqual([
    { kind: 'invite', who: 'ana@example.org', part: 'required' },
  ]);
});

test('who is not found is named, marked and not counted', async ({ page }) => {
  await open(page, 'state=empty');
  await page.getByLabel('Title').fill('Field visit');
  await page.getByRole('combobox', { name: 'Required' }).fill('joe@acme.s');
  await page.keyboard.press('Enter');
  await expect(page.getByText('No one with this address was found.')).toBeVisible();
  await expect(
    page.getByRole('button', { name: 'joe@acme.s, not invited, options' }),
  ).toBeVisible();
  await expect(page.getByRole('combobox', { name: 'Required' })).toHaveAccessibleDescription(
    /It will not be invited/,
  );
  await expect(footer(page).getByRole('button', { name: 'Put in my calendar' })).toBeVisible();
  await page.getByRole('button', { name: /^joe@acme\.s/ }).press('Enter');
  await page.getByRole('menuitem', { name: 'Invite all the same' }).press('Enter');
  await expect(footer(page).getByRole('button', { name: 'Send to 1 person' })).toBeVisible();
  expect((await changes(page)).at(-1)).toEqual({
    kind: 'invite',
    who: '<joe@acme.s>',
    part: 'required',
  });
});

test('a list of addresses that is pasted becomes people', async ({ page }) => {
  await open(page, 'state=empty');
  const field = page.getByRole('combobox', { name: 'Required' });
  await field.focus();
  await field.evaluate((input) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData(
      'text',
      'Berg, Ana <ana@example.org>; omar@example.org\nlinh@example.org',
    );
    input.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
  });
  const list = page.getByRole('list', { name: 'Required' });
  await expect(list.getByRole('listitem')).toHaveCount(3);
  await expect(field).toHaveValue('');
});

test('Backspace goes to the last person, Delete takes them off, a menu asks them otherwise', async ({
  page,
}) => {
  await open(page);
  const field = page.getByRole('combobox', { name: 'Required' });
  await field.focus();
  await page.keyboard.press('Backspace');
  const linh = page.getByRole('button', { name: 'Linh Tran, options' });
  await expect(linh).toBeFocused();
  await page.keyboard.press('ArrowLeft');
  await expect(page.getByRole('button', { name: 'Omar Haddad, options' })).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Delete');
  await expect(linh).toHaveCount(0);
  await expect(field).toBeFocused();
  await expect(footer(page).getByRole('button', { name: 'Send to 3 people' })).toBeVisible();

  await page.getByRole('button', { name: 'Ana Berg, options' }).press('Enter');
  await page.getByRole('menuitem', { name: 'May be there' }).press('Enter');
  const optional = page.getByRole('list', { name: 'Optional' });
  await expect(optional.getByRole('button', { name: 'Ana Berg, options' })).toBeVisible();
});

test('rooms are offered before anything is typed', async ({ page }) => {
  await open(page, 'state=empty');
  await page.getByRole('combobox', { name: 'Room' }).focus();
  await page.getByRole('option', { name: /Öresund 1/ }).click();
  await expect(page.getByRole('button', { name: 'Öresund 1, options' })).toBeVisible();
  await expect(page.getByRole('combobox', { name: 'Room' })).toHaveValue('');
  expect(await changes(page)).toEqual([
    { kind: 'invite', who: 'oresund1@example.org', part: 'room' },
  ]);
});

test('a suggestion moves the time, the arrow keys of its group go to the next', async ({
  page,
}) => {
  await open(page);
  await page.getByRole('radio', { name: /^Tue 24 Nov 10:30/ }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('radio', { name: /^Wed 25 Nov 09:00/ })).toBeChecked();
  await expect(footer(page)).toContainText('Wed 25 Nov, 09:00 – 09:45');
  await expect(page.getByRole('grid', { name: /Wednesday 25 Nov/ })).toBeVisible();
  await expect(slot(page)).toHaveAttribute('aria-valuetext', 'Wed 25 Nov, 09:00 – 09:45');
});

test('arrow keys move the time by a quarter, Page Up and Down by an hour', async ({ page }) => {
  await open(page);
  await slot(page).focus();
  await page.keyboard.press('ArrowRight');
  await expect(slot(page)).toHaveAttribute('aria-valuetext', 'Tue 24 Nov, 10:45 – 11:30');
  await expect(page.getByRole('radio', { checked: true })).toHaveCount(1);
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('PageUp');
  await expect(slot(page)).toHaveAttribute('aria-valuetext', 'Tue 24 Nov, 11:30 – 12:15');
  await page.keyboard.press('End');
  await expect(slot(page)).toHaveAttribute('aria-valuenow', '37');
  await page.keyboard.press('Home');
  await expect(slot(page)).toHaveAttribute('aria-valuenow', '0');
  await expect(page.getByRole('row', { name: /Ana Berg: busy/ })).toBeVisible();
  expect((await changes(page)).slice(0, 3)).toEqual([
    { kind: 'move', quarters: 1 },
    { kind: 'move', quarters: -1 },
    { kind: 'move', quarters: 4 },
  ]);
});

test('the time is dragged by quarters and stays where it is dropped', async ({ page }) => {
  await open(page);
  const box = await slot(page).boundingBox();
  if (!box) throw new Error('no slot');
  const quarter = box.width / 3;
  await page.mouse.move(box.x + quarter / 2, box.y + 60);
  await page.mouse.down();
  await page.mouse.move(box.x + quarter * 8.5, box.y + 200, { steps: 12 });
  await page.mouse.up();
  await expect(slot(page)).toHaveAttribute('aria-valuetext', 'Tue 24 Nov, 12:30 – 13:15');
  const after = await slot(page).boundingBox();
  expect(Math.abs((after?.x ?? 0) - (box.x + quarter * 8))).toBeLessThan(2);
  expect((await changes(page)).at(-1)).toEqual({ kind: 'place', quarter: 18 });
});

test('cells speak, arrow keys go from cell to cell, Enter puts the time there', async ({
  page,
}) => {
  await open(page);
  const omar = page.getByRole('gridcell', { name: 'Omar Haddad, 15:00 to 18:00, out of office' });
  await expect(omar).toBeAttached();
  await expect(page.getByRole('gridcell', { name: 'Omar Haddad, free' })).toBeAttached();
  await page.getByRole('rowheader', { name: /^You/ }).focus();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('rowheader', { name: /Omar Haddad/ })).toBeFocused();
  await page.keyboard.press('End');
  await expect(omar).toBeFocused();
  await page.keyboard.press('ArrowLeft');
  await expect(page.getByRole('gridcell', { name: 'Omar Haddad, free' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(footer(page)).toContainText('Tue 24 Nov, 10:00 – 10:45');
  await page.keyboard.press('ArrowUp');
  await expect(page.getByRole('gridcell', { name: 'Ana Berg, free' }).first()).toBeFocused();
  // Only one cell is in the order of Tab.
  expect(await page.locator('[data-cell][tabindex="0"]').count()).toBe(1);
});

test('a click into the day puts the time there', async ({ page }) => {
  await open(page);
  const cell = page.getByRole('gridcell', { name: 'Maria Keller, 08:00 to 18:00, not known' });
  const box = await cell.boundingBox();
  await cell.click({ position: { x: ((box?.width ?? 0) / 40) * 30.5, y: 20 } });
  await expect(footer(page)).toContainText('Tue 24 Nov, 15:30 – 16:15');
  await expect(page.getByRole('row', { name: /Omar Haddad: out of office/ })).toBeVisible();
});

test('another day is looked at without the time being moved', async ({ page }) => {
  await open(page);
  await expect(page.getByRole('button', { name: 'Day before' })).toBeDisabled();
  await page.getByRole('button', { name: 'Day after' }).click();
  await expect(page.getByRole('grid', { name: /Wednesday 25 Nov/ })).toBeVisible();
  await expect(slot(page)).toHaveCount(0);
  await expect(footer(page)).toContainText('Tue 24 Nov, 10:30 – 11:15');
  await page.getByRole('button', { name: 'Day before' }).click();
  await expect(slot(page)).toBeVisible();
});

for (const [week, first] of [
  ['1', 'Mon'],
  ['0', 'Sun'],
] as const) {
  test(`a week of the calendar begins with ${first} where it does so`, async ({ page }) => {
    await open(page, `week=${week}`);
    await page.getByRole('button', { name: /^Days that are looked at/ }).click();
    await expect(page.getByRole('dialog').locator('.weekday').first()).toHaveText(first);
  });
}

test('the days that are looked at are chosen in a calendar by keys', async ({ page }) => {
  await open(page);
  await page.getByRole('button', { name: /Days that are looked at: 24 – 27 Nov/ }).press('Enter');
  const calendar = page.getByRole('dialog', { name: 'Days that are looked at' });
  await expect(calendar).toBeVisible();
  await calendar.getByRole('button', { name: /Wednesday, November 25/ }).focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('Enter');
  await expect(calendar).toHaveCount(0);
  await expect(page.getByRole('button', { name: /25 – 26 Nov/ })).toBeVisible();
  expect(await changes(page)).toEqual([
    { kind: 'between', first: '2026-11-25', last: '2026-11-26' },
  ]);
});

test('a way to meet is chosen by arrow keys, and an own link is asked for', async ({ page }) => {
  await open(page);
  const ways = page.getByRole('radiogroup', { name: 'Meet by' });
  await ways.getByRole('radio', { name: '@webex' }).focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect(ways.getByRole('radio', { name: 'Own link' })).toBeChecked();
  await expect(footer(page)).toContainText('Write a safe link');
  await page.getByLabel('Link', { exact: true }).fill('https://meet.example.org/anna');
  await expect(page.getByText('Everybody joins by this link')).toBeVisible();
  await expect(footer(page)).not.toContainText('Write a safe link');
});

test('what is missing is said beside the button, which sends nothing until then', async ({
  page,
}) => {
  await open(page, 'state=none');
  const button = footer(page).getByRole('button', { name: 'Send to 4 people' });
  await expect(button).toHaveAttribute('aria-disabled', 'true');
  await expect(button).toHaveAccessibleDescription('Choose a time.');
  // Playwright takes it for disabled; a person can press it all the same.
  await button.click({ force: true });
  await page.keyboard.press('Control+Enter');
  expect((await asked(page)).filter((one) => one[0] === 'sendSchedule')).toEqual([]);
  await expect(page.getByText('No time suits those who must be there')).toBeVisible();
});

test('each outcome is a sentence in the window', async ({ page }) => {
  for (const [ending, role, sentence] of [
    ['sending', 'status', 'Sending…'],
    ['unsure', 'status', 'The answer was lost. From 10:32 on'],
    ['refused', 'alert', 'The mailbox is full, so nothing was sent'],
    ['problem', 'alert', 'cannot be reached, so nothing was sent'],
  ] as const) {
    await open(page, `send=${ending}`);
    await footer(page).getByRole('button', { name: 'Send to 4 people' }).click();
    await expect(page.getByRole(role).filter({ hasText: sentence })).toBeVisible();
    await expect(page.getByLabel('Title')).toHaveValue('Field visit: findings');
    await expect(page.getByLabel('Title')).toBeEnabled({
      enabled: ending === 'refused' || ending === 'problem',
    });
  }
});

test('after it was sent another one can be begun', async ({ page }) => {
  await open(page);
  await footer(page).getByRole('button', { name: 'Send to 4 people' }).click();
  await expect(footer(page).getByRole('button', { name: 'Close' })).toBeVisible();
  await expect(page.getByLabel('Title')).toBeDisabled();
  await footer(page).getByRole('button', { name: 'Schedule another' }).click();
  await expect(page.getByLabel('Title')).toHaveValue('');
  await expect(page.getByLabel('Title')).toBeEnabled();
});

test('a meeting without a title is sent to people at the second press only', async ({ page }) => {
  await open(page);
  await page.getByLabel('Title').fill('');
  await footer(page).getByRole('button', { name: 'Send to 4 people' }).click();
  const sure = footer(page).getByRole('button', { name: 'Send without a title' });
  await expect(sure).toBeVisible();
  // Esc takes the question back, and by keys it is asked as well.
  await page.keyboard.press('Escape');
  await expect(sure).toBeHidden();
  await page.keyboard.press('Control+Enter');
  await expect(sure).toBeVisible();
  const sent = async () => (await asked(page)).filter((one) => one[0] === 'sendSchedule');
  expect(await sent()).toEqual([]);
  await page.keyboard.press('Control+Enter');
  await expect.poll(sent).toHaveLength(1);
});

test('what is not certain yet keeps nobody from another meeting', async ({ page }) => {
  await open(page, 'send=unsure');
  await footer(page).getByRole('button', { name: 'Send to 4 people' }).click();
  await footer(page).getByRole('button', { name: 'Schedule another' }).click();
  expect((await changes(page)).at(-1)).toEqual({ kind: 'another' });
  await expect(page.getByLabel('Title')).toHaveValue('');
  await expect(page.getByLabel('Title')).toBeEnabled();
});

test('a draft is thrown away at the second press only', async ({ page }) => {
  await open(page);
  await footer(page).getByRole('button', { name: 'Discard draft' }).click();
  expect(await changes(page)).toEqual([]);
  await page.keyboard.press('Tab');
  await expect(footer(page).getByRole('button', { name: 'Discard draft' })).toBeVisible();
  await footer(page).getByRole('button', { name: 'Discard draft' }).click();
  await footer(page).getByRole('button', { name: 'Discard for good' }).click();
  expect(await changes(page)).toEqual([{ kind: 'discard' }]);
  await expect(page.getByLabel('Title')).toHaveValue('');
  await expect(page.getByRole('list', { name: 'Required' })).toHaveCount(0);
});

test('Esc takes the question about the draft back, and only then closes the window', async ({
  page,
}) => {
  await open(page);
  await footer(page).getByRole('button', { name: 'Discard draft' }).click();
  await expect(footer(page).getByRole('button', { name: 'Discard for good' })).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(footer(page).getByRole('button', { name: 'Discard draft' })).toBeVisible();
  expect(await asked(page)).toEqual([]);
  await page.keyboard.press('Escape');
  await expect.poll(() => asked(page)).toEqual([['closeSchedule']]);
});

test('Esc closes what is open first, then the window, without a question', async ({ page }) => {
  await open(page);
  await page.getByRole('combobox', { name: 'Room' }).focus();
  await expect(page.getByRole('listbox')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('listbox')).toHaveCount(0);
  await page.getByRole('button', { name: /Days that are looked at/ }).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  expect(await asked(page)).toEqual([]);
  await page.getByLabel('Title').fill('Field visit');
  await page.keyboard.press('Escape');
  await expect.poll(() => asked(page)).toHaveLength(2);
  expect(await asked(page)).toEqual([
    ['changeSchedule', { kind: 'title', text: 'Field visit' }],
    ['closeSchedule'],
  ]);
});

test('a contrast theme decides the colours, and each kind keeps its form', async ({ page }) => {
  await page.emulateMedia({ forcedColors: 'active' });
  await open(page, 'state=unknown');
  await page.screenshot({ path: '../artefacts/ui/schedule-forced-colors.png' });
  const forms = await page.evaluate(() =>
    ['busy', 'tentative', 'out_of_office', 'elsewhere', 'unknown', 'outside_hours'].map((kind) => {
      const swatch = document.querySelector(`ul .span.${kind}`);
      if (!swatch) throw new Error(kind);
      const { backgroundImage, backgroundColor, borderStyle, boxShadow } = getComputedStyle(swatch);
      return [backgroundImage, backgroundColor, borderStyle, boxShadow].join();
    }),
  );
  expect(new Set(forms).size).toBe(forms.length);
});

test('from right to left the day runs the other way, keys and pointer with it', async ({
  page,
}) => {
  await open(page);
  await page.evaluate(() => (document.documentElement.dir = 'rtl'));
  await page.screenshot({ path: '../artefacts/ui/schedule-rtl.png' });
  await slot(page).focus();
  await page.keyboard.press('ArrowLeft');
  await expect(slot(page)).toHaveAttribute('aria-valuetext', 'Tue 24 Nov, 10:45 – 11:30');
  const cell = page.getByRole('gridcell', { name: 'Maria Keller, 08:00 to 18:00, not known' });
  const box = await cell.boundingBox();
  await cell.click({ position: { x: (box?.width ?? 0) - ((box?.width ?? 0) / 40) * 4.5, y: 20 } });
  await expect(slot(page)).toHaveAttribute('aria-valuetext', 'Tue 24 Nov, 09:00 – 09:45');
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(1040);
});
