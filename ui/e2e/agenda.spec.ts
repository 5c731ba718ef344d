import { asked, pressRow } from './page.ts';
import { expect, test } from './warm.ts';

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
  const row = page.getByRole('option', { name: /Design critique/ });
  await expect(row).toBeVisible();
  for (let step = 0; step < 5; step += 1) await page.keyboard.press('ArrowDown');
  const list = page.getByRole('listbox');
  await expect(list).toBeFocused();
  await expect(row).toHaveAttribute('aria-selected', 'true');
  await expect(list).toHaveAttribute(
    'aria-activedescendant',
    (await row.getAttribute('id')) ?? 'none',
  );
  await page.keyboard.press('Enter');
  await expect(page.getByText('What we learned from the field visit')).toBeVisible();
  await page.keyboard.press('j');
  expect(await asked(page)).toEqual([['join', 'a/design', 0]]);
  await page.keyboard.press('Escape');
  await expect(page.getByText('What we learned from the field visit')).toHaveCount(0);
  await expect(list).toBeFocused();
});

test('the account that needs it is signed in again, and another one can be added all the same', async ({
  page,
}) => {
  await page.goto('/agenda.html?state=sign-in');
  await page.getByRole('alert').getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('button', { name: 'Menu' }).click();
  await page.getByRole('menuitem', { name: 'Add account' }).click();
  expect(await asked(page)).toEqual([['signInAgain', 'b'], ['showSetup']]);
});

test('where no calendar is connected there is nothing to search, and one way to go on', async ({
  page,
}) => {
  await page.goto('/agenda.html?state=new');
  await expect(page.getByRole('button', { name: 'Connect your calendar' })).toBeVisible();
  await expect(page.getByRole('searchbox')).toHaveCount(0);
  await page.keyboard.press('/');
  await expect(page.getByRole('button', { name: 'Connect your calendar' })).toBeVisible();
});

test('/ searches titles and people as one types and Esc ends it', async ({ page }) => {
  await page.goto('/agenda.html');
  await expect(page.getByRole('option', { name: /Vendor call/ })).toBeVisible();
  await page.keyboard.press('/');
  await page.keyboard.type('omar design');
  await expect(page.getByRole('option', { name: /Design critique/ })).toBeVisible();
  await expect(page.getByRole('option', { name: /Vendor call/ })).toHaveCount(0);
  await page.keyboard.type(' nowhere');
  await expect(page.getByText('No meeting matches “omar design nowhere”.')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('option', { name: /Vendor call/ })).toBeVisible();
  expect(await asked(page)).toEqual([]);
});

test('what the search says of itself fits at the size of the window, and its name says more', async ({
  page,
}) => {
  await page.setViewportSize({ width: 408, height: 760 });
  for (const [language, name] of [
    ['en', 'Search meetings and people'],
    ['sv', 'Sök möten och personer'],
  ] as const) {
    await page.goto(`/agenda.html?lang=${language}`);
    const field = page.getByRole('searchbox', { name, exact: true });
    await expect(page.getByRole('listbox')).toBeAttached();
    const { needed, room } = await field.evaluate((one: HTMLInputElement) => {
      const probe = document.body.appendChild(document.createElement('span'));
      probe.style.font = getComputedStyle(one).font;
      probe.textContent = one.placeholder;
      const needed = probe.getBoundingClientRect().width;
      probe.remove();
      return { needed, room: one.clientWidth };
    });
    expect(needed, language).toBeGreaterThan(10);
    expect(needed, language).toBeLessThanOrEqual(room);
  }
});

test('a change on the server appears without a click', async ({ page }) => {
  await page.goto('/agenda.html');
  await expect(page.getByRole('option', { name: /Vendor call/ })).toBeVisible();
  await expect(page.getByText('Call from Kiruna')).toHaveCount(0);
  await page.evaluate(() => globalThis.dispatchEvent(new Event('fake-change')));
  await expect(page.getByText('Call from Kiruna')).toBeVisible();
});

test('what failed in the tray is told in the agenda and stays until something else is', async ({
  page,
}) => {
  await page.goto('/agenda.html');
  await expect(page.getByText('Up to date')).toBeVisible();
  const text = 'The system could not open the link to acme.webex.com.';
  await page.evaluate(
    (detail) => globalThis.dispatchEvent(new CustomEvent('fake-failure', { detail })),
    { code: 'other', text },
  );
  await expect(page.getByRole('alert')).toHaveText(text);
  await page.clock.install();
  await page.clock.runFor(10_000);
  await expect(page.getByRole('alert')).toHaveText(text);
  await page.locator('body').press('c');
  await expect(page.getByRole('alert')).toHaveCount(0);
  await expect(page.getByRole('status').filter({ hasText: 'Link copied' })).toBeVisible();
});

test('a meeting that the ring wants shown is scrolled to, opened and has the keys', async ({
  page,
}) => {
  await page.setViewportSize({ width: 408, height: 560 });
  await page.goto('/agenda.html');
  await page.keyboard.press('/');
  await page.keyboard.type('vendor');
  const want = (meeting: string) =>
    page.evaluate(
      (detail) => globalThis.dispatchEvent(new CustomEvent('fake-want', { detail })),
      meeting,
    );
  await want('a/leave');
  const row = page.getByRole('option', { name: /Dentist/ });
  await expect(row).toBeInViewport({ ratio: 1 });
  await expect(row).toHaveAttribute('aria-details', /details/);
  await expect(page.getByRole('listbox')).toBeFocused();
  await expect(page.getByRole('searchbox')).toHaveValue('');
  await want('a/past');
  await expect(page.getByRole('option', { name: /Quarter plan/ })).toBeInViewport({ ratio: 1 });
  await want('a/gone');
  await expect(page.getByRole('alert')).toContainText('not in the agenda any more');
});

test('a window that opens for a meeting begins there', async ({ page }) => {
  await page.setViewportSize({ width: 408, height: 560 });
  await page.goto('/agenda.html?show=a/tomorrow');
  await expect(page.getByRole('button', { name: 'Cancel this day' })).toBeInViewport({ ratio: 1 });
});

test('times of another zone are named beside, and whose times the list has', async ({ page }) => {
  await page.goto('/agenda.html?state=away');
  await expect(page.getByText('Times in Tokyo (UTC+9)')).toBeVisible();
  await expect(page.getByRole('option', { name: /13:00 in Berlin/ })).toBeVisible();
});

test('sr_34 a key that a script has made joins nothing', async ({ page }) => {
  await page.goto('/agenda.html');
  await expect(page.getByRole('heading', { name: 'Supplier review' })).toBeVisible();
  await page.evaluate(() => {
    globalThis.dispatchEvent(new KeyboardEvent('keydown', { key: 'j', bubbles: true }));
  });
  await expect(page.getByRole('alert')).toContainText('Nothing was opened');
  expect(await asked(page)).toEqual([]);
});

test('sr_31 a row and a card open the host that stands beside them', async ({ page }) => {
  await page.goto('/agenda.html');
  const card = page.locator('article[data-meeting="a/review"]');
  await expect(card).toContainText('acme.webex.com');
  await expect(card.getByRole('button', { name: 'Join, opens acme.webex.com' })).toBeVisible();
  await pressRow(page.getByRole('option', { name: /Design critique/ }));
  const row = page.locator('[data-meeting="a/design"]');
  await expect(row.getByText('Opens teams.microsoft.com')).toBeVisible();
  await expect(row.getByRole('button', { name: 'Join, opens teams.microsoft.com' })).toBeVisible();
});

test('sr_31 the page in Outlook on the web is opened at the host that the button shows', async ({
  page,
}) => {
  await page.setViewportSize({ width: 408, height: 760 });
  await page.goto('/agenda.html?show=a/design');
  const button = page.getByRole('button', { name: 'Open in Outlook mail.example.org' });
  await expect(button.getByText('mail.example.org')).toBeInViewport({ ratio: 1 });
  await button.click();
  expect(await asked(page)).toEqual([['openWeb', 'a/design']]);
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

test('the menu is reached and used by keys', async ({ page }) => {
  await page.goto('/agenda.html');
  await page.getByRole('button', { name: 'Menu' }).press('Enter');
  await expect(page.getByRole('menuitem', { name: 'Update now' })).toBeVisible();
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  expect(await asked(page)).toHaveLength(1);
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

test('the past week unfolds above today', async ({ page }) => {
  await page.goto('/agenda.html');
  await expect(page.getByText('Quarter plan')).toHaveCount(0);
  await page.getByRole('button', { name: 'Show the past 7 days' }).click();
  await expect(page.getByRole('option', { name: /Quarter plan/ })).toBeVisible();
  await page.getByRole('button', { name: 'Hide the past 7 days' }).click();
  await expect(page.getByText('Quarter plan')).toHaveCount(0);
});

test('A, T and D answer the invitation that is meant and nothing else', async ({ page }) => {
  await page.goto('/agenda.html');
  await expect(page.getByRole('option', { name: /Design critique/ })).toBeVisible();
  // Without a row in the list no key answers anything.
  await page.keyboard.press('a');
  await pressRow(page.getByRole('option', { name: /Design critique/ }));
  for (const key of ['a', 't', 'd']) await page.keyboard.press(key);
  await pressRow(page.getByRole('option', { name: /Release notes/ }));
  await page.keyboard.press('d');
  expect(await asked(page)).toEqual([
    ['answerMeeting', 'a/design', 'accept'],
    ['answerMeeting', 'a/design', 'tentative'],
    ['answerMeeting', 'a/design', 'decline'],
  ]);
  await expect(page.getByText('The organizer has your answer')).toBeVisible();
});

test('the answer that was given is marked, and another one can be given', async ({ page }) => {
  await page.goto('/agenda.html');
  await pressRow(page.getByRole('option', { name: /Vendor call/ }));
  const group = page.getByRole('group', { name: 'Your answer' });
  await expect(group.getByRole('button', { pressed: true })).toHaveText(/Tentative/);
  await group.getByRole('button', { name: 'Accept' }).click();
  expect(await asked(page)).toEqual([['answerMeeting', 'a/vendor', 'accept']]);
});

test('sending takes its time in words, and a refusal stays', async ({ page }) => {
  await page.goto('/agenda.html?send=slow');
  await pressRow(page.getByRole('option', { name: /Vendor call/ }));
  await page.keyboard.press('a');
  await expect(page.getByText('Sending your answer…')).toBeVisible();
  await page.goto('/agenda.html?send=refused');
  await pressRow(page.getByRole('option', { name: /Vendor call/ }));
  await page.keyboard.press('a');
  await expect(page.getByRole('alert')).toContainText('mail.example.org cannot be reached');
});

test('an own meeting is changed in the schedule window and called off after a second look', async ({
  page,
}) => {
  await page.goto('/agenda.html');
  await pressRow(page.getByRole('option', { name: /Stand-up/ }));
  // The details are brought into sight first; nothing is clicked on the way.
  await expect(page.getByRole('button', { name: 'Copy link' }).last()).toBeInViewport({ ratio: 1 });
  await page.getByRole('button', { name: 'Change' }).click();
  await page.getByRole('button', { name: 'Cancel this day' }).click();
  await expect(page.getByLabel('Message to everybody invited')).toBeFocused();
  await page.keyboard.type('Next week instead');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Cancel this day' })).toBeFocused();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Cancel this day and tell everybody' }).click();
  expect(await asked(page)).toEqual([
    ['openSchedule', { kind: 'edit', meeting: 'a/tomorrow' }],
    ['cancelMeeting', 'a/tomorrow', 'Next week instead'],
  ]);
});

test('what could not be called off keeps the words for those invited', async ({ page }) => {
  await page.goto('/agenda.html?send=refused');
  await pressRow(page.getByRole('option', { name: /Stand-up/ }));
  await page.getByRole('button', { name: 'Cancel this day' }).click();
  const message = page.getByLabel('Message to everybody invited');
  await message.fill('Next week instead');
  await page.getByRole('button', { name: 'Cancel this day and tell everybody' }).click();
  await expect(page.getByRole('alert')).toContainText('mail.example.org cannot be reached');
  await expect(message).toHaveValue('Next week instead');
  await page.getByRole('button', { name: 'Cancel this day and tell everybody' }).click();
  await expect
    .poll(() => asked(page))
    .toEqual([
      ['cancelMeeting', 'a/tomorrow', 'Next week instead'],
      ['cancelMeeting', 'a/tomorrow', 'Next week instead'],
    ]);
});

test('an appointment without anybody else is deleted at the second press, and nobody is told', async ({
  page,
}) => {
  await page.goto('/agenda.html?show=a/leave');
  await expect(page.getByRole('button', { name: 'Change' })).toBeVisible();
  await page.getByRole('button', { name: 'Delete' }).click();
  expect(await asked(page)).toEqual([]);
  await page.getByRole('button', { name: 'Delete it?' }).click();
  await expect(page.getByText('It is gone from your calendar, and nobody was told.')).toBeVisible();
  expect(await asked(page)).toEqual([['removeAppointment', 'a/leave']]);
});

test('a double click on Delete asks and deletes nothing', async ({ page }) => {
  await page.goto('/agenda.html?show=a/leave');
  await page.getByRole('button', { name: 'Delete' }).dblclick();
  await expect(page.getByRole('button', { name: 'Delete it?' })).toBeVisible();
  // Esc takes the question back and leaves the row open.
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Delete', exact: true })).toBeVisible();
  expect(await asked(page)).toEqual([]);
});

for (const [language, day, only] of [
  ['en', 'Delete this day', 'Delete only this day?'],
  ['sv', 'Ta bort den här dagen', 'Ta bort bara den här dagen?'],
] as const) {
  test(`of a series only this day is deleted, and the button says so: ${language}`, async ({
    page,
  }) => {
    await page.goto(`/agenda.html?lang=${language}&show=a/stretch`);
    await page.getByRole('button', { name: day }).click();
    expect(await asked(page)).toEqual([]);
    await page.getByRole('button', { name: only }).click();
    expect(await asked(page)).toEqual([['removeAppointment', 'a/stretch']]);
  });
}

test('what lasts whole days is not offered for a change that would be refused', async ({
  page,
}) => {
  await page.goto('/agenda.html?show=a/office');
  await expect(page.getByRole('button', { name: 'Delete' })).toBeVisible();
  await expect(page.getByRole('button', { name: 'Change' })).toHaveCount(0);
});

test('what is written to those invited is kept when the list is laid out anew', async ({
  page,
}) => {
  await page.setViewportSize({ width: 408, height: 760 });
  await page.goto('/agenda.html?show=a/tomorrow');
  await page.getByRole('button', { name: 'Cancel this day' }).click();
  await page.keyboard.type('Next week instead');
  await page.setViewportSize({ width: 408, height: 400 });
  await expect(page.locator('main')).toHaveClass(/low/);
  await expect(page.getByLabel('Message to everybody invited')).toHaveValue('Next week instead');
});

test('people are named with their answers and, where it is known, where they are', async ({
  page,
}) => {
  await page.goto('/agenda.html');
  await pressRow(page.getByRole('option', { name: /Design critique/ }));
  await page.getByText('1 yes · 1 no · 1 waiting').click();
  const people = page.getByRole('list', { name: 'People' });
  await expect(people.getByRole('listitem')).toHaveCount(4);
  await expect(people).toContainText('Maria Keller');
  await expect(people.getByRole('listitem').nth(1)).toContainText('accepted · Out of office then');
  await expect(people).toContainText('declined');
});

test('N opens the schedule window, and the menu makes a meeting now', async ({ page }) => {
  await page.goto('/agenda.html');
  await expect(page.getByRole('button', { name: 'Schedule', exact: true })).toBeVisible();
  await page.keyboard.press('n');
  await page.getByRole('button', { name: 'Menu' }).click();
  await page.getByRole('menuitem', { name: 'Meet now' }).click();
  expect(await asked(page)).toEqual([['openSchedule', { kind: 'new' }], ['meetNow']]);
});

test('H hides titles from others, and says so', async ({ page }) => {
  await page.goto('/agenda.html');
  await expect(page.getByRole('listbox')).toBeVisible();
  await page.keyboard.press('h');
  await expect(page.getByRole('status').last()).toContainText('Titles are hidden');
  await page.keyboard.press('h');
  await expect(page.getByRole('status').last()).toContainText('shown again');
});

test('the menu keeps its corner where the states need two lines', async ({ page }) => {
  await page.setViewportSize({ width: 408, height: 640 });
  await page.goto('/agenda.html?state=failed&lang=sv');
  const box = await page.getByRole('button', { name: 'Meny' }).boundingBox();
  expect(box?.x).toBeGreaterThan(350);
  expect(box?.y).toBeLessThan(20);
});

test('? shows the keys and Esc takes them away again', async ({ page }) => {
  await page.goto('/agenda.html');
  await expect(page.getByRole('listbox')).toBeVisible();
  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await expect(dialog).toContainText('Answer tentatively');
  await page.keyboard.press('Escape');
  await expect(dialog).toHaveCount(0);
});

test('a row with a choice of links says so and leads to it', async ({ page }) => {
  await page.goto('/agenda.html');
  const row = page.locator('[data-meeting="a/procurement"]');
  await expect(row.getByRole('button', { name: /^Join/ })).toHaveCount(0);
  await row.getByRole('button', { name: 'Choose link' }).click();
  await expect(row.getByRole('button', { name: /teams\.microsoft\.com/ })).toBeVisible();
  await expect(row.getByRole('button', { name: /not a known service/ })).toBeVisible();
  expect(await asked(page)).toEqual([]);
});

test('sr_32 an unknown host of a row opens on the second click only', async ({ page }) => {
  await page.goto('/agenda.html');
  const row = page.locator('[data-meeting="a/procurement"]');
  await pressRow(row.getByRole('option'));
  const stranger = row.getByRole('button', { name: /meet-now\.example\.net/ });
  await stranger.click();
  await expect(stranger).toContainText('Open anyway');
  await expect(page.locator('p.told')).toContainText('meet-now.example.net is no known');
  // Whoever looks elsewhere meanwhile is asked anew.
  await page.getByRole('searchbox').focus();
  await expect(stranger).not.toContainText('Open anyway');
  await stranger.click();
  await expect(stranger).toContainText('Open anyway');
  expect(await asked(page)).toEqual([]);
  await stranger.click();
  expect(await asked(page)).toEqual([['join', 'a/procurement', 1]]);
});

test('sr_32 neither J nor a row with two links opens one without a choice', async ({ page }) => {
  await page.goto('/agenda.html');
  const row = page.locator('[data-meeting="a/procurement"]');
  await row.scrollIntoViewIfNeeded();
  await row.getByRole('button', { name: 'Choose' }).click();
  await page.getByRole('listbox').press('j');
  await expect(page.getByText('Choose which link to open.')).toBeVisible();
  expect(await asked(page)).toEqual([]);
});

test('sr_09: the banner offers a passphrase where there is no keyring, and asks for it later', async ({
  page,
}) => {
  await page.goto('/agenda.html?state=no-keyring');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.getByRole('button', { name: 'Protect with a passphrase' }).click();
  expect(await asked(page)).toEqual([['refresh'], ['showSetup']]);
  await page.goto('/agenda.html?state=passphrase');
  await page.getByRole('button', { name: 'Enter the passphrase' }).click();
  expect(await asked(page)).toEqual([['showSetup']]);
});
