import { expect, type Page } from '@playwright/test';
import type { Page as Window } from '../src/lib/fake-choices.ts';
import { pressRow } from './page.ts';

/** A window in one of its states, as it is looked at, judged by axe and enlarged. */
export interface Look {
  name: string;
  /** What it chooses of `choices`, as in an address. */
  query?: string;
  size?: Size;
  /** Brings the window into the state, and waits until it is there. */
  act?: (page: Page) => Promise<void>;
}

interface Size {
  width: number;
  height: number;
}

/** The sizes in which the program opens the windows, or a little higher. */
export const sizes: Record<Window, Size> = {
  agenda: { width: 408, height: 760 },
  ring: { width: 392, height: 420 },
  schedule: { width: 1040, height: 720 },
  settings: { width: 760, height: 620 },
  setup: { width: 520, height: 730 },
};

const see = (page: Page, selector: string) => expect(page.locator(selector).first()).toBeVisible();

/** Presses what is found first, and waits for what it brings. */
const press = (selector: string, seen: string) => async (page: Page) => {
  await page.locator(selector).first().click();
  await see(page, seen);
};

const fill = (selector: string, text: string, seen: string) => async (page: Page) => {
  await page.locator(selector).first().fill(text);
  await see(page, seen);
};

/** Opens a meeting's details; presses something in them. */
const open = (meeting: string, then?: string, seen?: string) => async (page: Page) => {
  await pressRow(page.locator(`[data-meeting="${meeting}"] [role=option]`));
  await see(page, '.row.open .details');
  if (then) await page.locator('.row.open').locator(then).first().click();
  if (seen) await see(page, seen);
};

const agenda: Look[] = [
  { name: 'day' },
  { name: 'two', query: 'state=two' },
  { name: 'declined', query: 'state=declined' },
  { name: 'offline', query: 'state=offline' },
  { name: 'failed', query: 'state=failed' },
  { name: 'sign-in', query: 'state=sign-in' },
  { name: 'no-keyring', query: 'state=no-keyring' },
  { name: 'passphrase', query: 'state=passphrase' },
  { name: 'loading', query: 'state=loading' },
  { name: 'empty', query: 'state=empty' },
  { name: 'new', query: 'state=new' },
  { name: 'away', query: 'state=away' },
  { name: 'changed', query: 'state=changed' },
  { name: 'long', query: 'state=long' },
  { name: 'smallest', size: { width: 320, height: 400 } },
  { name: 'menu', act: press('header button', '[role=menuitem]') },
  { name: 'hits', act: fill('input[type=search]', 'omar', '[role=option]') },
  { name: 'no-hit', act: fill('input[type=search]', 'qqqq', 'main .nothing') },
  { name: 'past', act: press('button.past', 'button.past[aria-expanded=true]') },
  {
    name: 'keys',
    act: async (page) => {
      await page.locator('body').press('?');
      await see(page, '[role=dialog]');
    },
  },
  { name: 'details-invited', act: open('a/design') },
  { name: 'details-people', act: open('a/design', 'summary', 'li') },
  { name: 'details-maybe', act: open('a/vendor') },
  { name: 'details-doubt', act: open('a/procurement') },
  { name: 'details-declined', query: 'state=declined', act: open('a/declined') },
  { name: 'details-own', act: open('a/tomorrow') },
  {
    name: 'details-cancel',
    act: open('a/tomorrow', '.acts .button:nth-child(2)', '.row.open textarea'),
  },
  // So far down that its row is not there before it is wanted.
  {
    name: 'details-owner',
    query: 'show=a/leave',
    act: (page) => see(page, '.row.open .details'),
  },
  {
    name: 'details-delete',
    query: 'show=a/leave',
    act: press('.row.open .acts .button:nth-child(2)', '.row.open .danger'),
  },
  { name: 'details-whole-day', act: open('a/office') },
  { name: 'details-onlooker', act: open('a/review') },
  { name: 'details-cancelled', act: open('a/budget') },
  { name: 'details-private', act: open('a/private') },
  {
    name: 'told',
    act: async (page) => {
      await page.locator('body').press('c');
      await see(page, 'p.told.done');
    },
  },
  { name: 'answering', query: 'send=slow', act: open('a/vendor', '.acts .button', 'p.told.busy') },
  { name: 'refused', query: 'send=refused', act: open('a/vendor', '.acts .button', 'p.told.bad') },
];

const whole = { width: 1280, height: 720 };

const ring: Look[] = [
  { name: 'before' },
  { name: 'now', query: 'ring=now' },
  { name: 'late', query: 'ring=late' },
  { name: 'several', query: 'ring=several' },
  // As high as the program makes it, and on a screen that is lower.
  { name: 'many', query: 'ring=many', size: { width: 392, height: 880 } },
  { name: 'many-low', query: 'ring=many', size: { width: 360, height: 420 } },
  { name: 'doubt', query: 'ring=doubt' },
  { name: 'unknown', query: 'ring=unknown' },
  { name: 'no-link', query: 'ring=no-link' },
  { name: 'whole-screen', query: 'ring=whole-screen', size: whole },
  { name: 'whole-screen-many', query: 'ring=whole-screen-many', size: whole },
  { name: 'snooze', act: press('.acts > [aria-expanded]', '.snoozes .button') },
  { name: 'open-anyway', query: 'ring=unknown', act: press('.button.choice', '.choice.asking') },
  {
    name: 'running-late',
    query: 'ring=late',
    act: press('.acts > .button', 'p.told[role=status]'),
  },
  { name: 'alert', query: 'join=refused', act: press('.main .button', 'p.told[role=alert]') },
  {
    name: 'whole-screen-alert',
    query: 'ring=whole-screen&join=refused',
    size: whole,
    act: press('.main .button', 'p.told[role=alert]'),
  },
];

const sent = (kind: string) => press('footer .primary', `.told.${kind}`);

const schedule: Look[] = [
  { name: 'filled' },
  { name: 'empty', query: 'state=empty' },
  { name: 'unknown', query: 'state=unknown' },
  { name: 'none', query: 'state=none' },
  { name: 'accounts', query: 'state=accounts' },
  { name: 'asking', query: 'state=asking' },
  { name: 'loading', query: 'state=loading' },
  { name: 'edit', query: 'state=edit' },
  {
    name: 'edit-sent',
    query: 'state=edit',
    act: async (page) => {
      await page.locator('[role=slider]').press('ArrowRight');
      await see(page, 'footer .primary[aria-disabled=false]');
      await sent('sent')(page);
    },
  },
  { name: 'sending', query: 'send=sending', act: sent('sending') },
  { name: 'sent', query: 'send=sent', act: sent('sent') },
  { name: 'unsure', query: 'send=unsure', act: sent('unsure') },
  { name: 'refused', query: 'send=refused', act: sent('refused') },
  { name: 'problem', query: 'send=problem', act: sent('refused') },
  { name: 'discard', act: press('footer .acts .button', 'footer .sure') },
  { name: 'narrow', query: 'state=unknown', size: { width: 720, height: 900 } },
  { name: 'smallest', size: { width: 720, height: 560 } },
  { name: 'own-link', act: press('[role=radiogroup] label:nth-child(3)', 'input[inputmode=url]') },
  { name: 'completion', query: 'state=empty', act: fill('[role=combobox]', 'a', '[role=option]') },
  { name: 'calendar', act: press('.between-field', '[role=dialog]') },
  { name: 'person', act: press('[data-chip]', '[role=menu]') },
];

const section = (name: string) => press(`#section-${name}`, `#section-${name}[aria-current=page]`);

const settings: Look[] = [
  { name: 'accounts' },
  { name: 'none', query: 'settings=none' },
  ...['reminders', 'keywords', 'join', 'privacy', 'appearance', 'shortcuts', 'diagnostics'].map(
    (name) => ({ name, act: section(name) }),
  ),
  {
    name: 'report',
    act: async (page) => {
      await section('diagnostics')(page);
      await press('#make-report', '#report')(page);
    },
  },
  { name: 'remove', act: press('li .button:nth-of-type(2)', '[role=alertdialog] :focus') },
  {
    name: 'lacking',
    act: async (page) => {
      await page.evaluate(() =>
        globalThis.dispatchEvent(
          new CustomEvent('fake-failure', {
            detail: { code: 'no_room', text: 'The settings name no room of your own.' },
          }),
        ),
      );
      await see(page, '.lacking');
    },
  },
  {
    name: 'undo',
    act: async (page) => {
      await section('privacy')(page);
      await press('#set-hide_titles', '#undo')(page);
    },
  },
  {
    name: 'refused',
    act: async (page) => {
      await section('keywords')(page);
      await page.locator('#set-personal_room').fill('http://example.org');
      await page.keyboard.press('Enter');
      await see(page, 'main [role=alert]');
    },
  },
  { name: 'hits', act: fill('#search', 'joinbell', 'main section') },
  { name: 'no-hit', act: fill('#search', 'qqqq', '.nothing') },
  { name: 'narrow', size: { width: 480, height: 620 }, act: section('reminders') },
];

/** Says who one is and, where that finds a server, goes on to the sign-in. */
async function address(page: Page): Promise<void> {
  await page.locator('#address').fill('anna@example.org');
  await page.locator('button[type=submit]').click();
}

const connect = (seen: string) => async (page: Page) => {
  await address(page);
  await page.locator('#password').fill('secret');
  await page.locator('button[type=submit]').click();
  await see(page, seen);
};

const find = (seen: string) => async (page: Page) => {
  await address(page);
  await see(page, seen);
};

const askForCode = (seen: string) => async (page: Page) => {
  await page.locator('#kind-service').check({ force: true });
  await page.locator('#service').fill('joinbell.example.org');
  await address(page);
  await see(page, seen);
};

const way = (name: string, seen: string) => async (page: Page) => {
  await find('#password')(page);
  await page.locator('#another-way').click();
  await page.locator(`input[value=${name}]`).check();
  await see(page, seen);
};

const setup: Look[] = [
  { name: 'first' },
  { name: 'first-more', act: press('summary', '#ca-file') },
  { name: 'searching', query: 'setup=searching', act: find('li.running') },
  { name: 'nobody', query: 'setup=unknown', act: find('[role=alert]') },
  { name: 'mistyped', query: 'setup=mistyped', act: find('#password') },
  { name: 'foreign', query: 'setup=foreign', act: find('[role=alert]') },
  { name: 'sign-in', act: find('#password') },
  {
    name: 'sign-in-more',
    act: async (page) => {
      await find('#password')(page);
      await press('summary:not(#another-way)', '#basic-hint')(page);
    },
  },
  { name: 'way-ticket', act: way('ticket', '#another-way') },
  { name: 'way-browser', act: way('browser', '#client') },
  { name: 'no-tickets', query: 'setup=no-tickets', act: way('browser', '#client') },
  { name: 'signing-in', query: 'setup=signing-in', act: connect('li.running') },
  { name: 'refused', query: 'setup=credentials', act: connect('[role=alert]') },
  { name: 'certificate', query: 'setup=certificate', act: find('[role=alert]') },
  { name: 'done', act: connect('#open-agenda') },
  {
    name: 'again',
    query: 'setup=again',
    act: (page) => see(page, '#password'),
  },
  { name: 'browser', query: 'setup=browser', act: (page) => see(page, '#client') },
  { name: 'service', act: press('label:has(#kind-service)', '#service') },
  { name: 'service-again', query: 'setup=service-again', act: (page) => see(page, '#service') },
  { name: 'service-away', query: 'setup=service-away', act: askForCode('[role=alert]') },
  {
    name: 'service-certificate',
    query: 'setup=service-certificate',
    act: askForCode('[role=alert]'),
  },
  { name: 'code', act: askForCode('#code') },
  {
    name: 'code-wrong',
    query: 'setup=code-wrong',
    act: async (page) => {
      await askForCode('#code')(page);
      await page.locator('#code').fill('0000-0000-0000-0000');
      await page.locator('button[type=submit]').click();
      await see(page, '[role=alert]');
    },
  },
  { name: 'no-keyring', query: 'setup=no-keyring', act: connect('#protect') },
  { name: 'closed', query: 'setup=closed', act: connect('#protect') },
  {
    name: 'passphrase-choose',
    query: 'setup=passphrase-choose',
    act: (page) => see(page, '#passphrase-again'),
  },
  {
    name: 'passphrase-short',
    query: 'setup=passphrase-choose',
    act: async (page) => {
      await page.locator('#passphrase').fill('short');
      await page.locator('#passphrase-again').fill('short');
      await page.locator('button[type=submit]').click();
      await see(page, '[role=alert]');
    },
  },
  {
    name: 'passphrase-enter',
    query: 'setup=passphrase-enter',
    act: press('#forget', '#forget.danger'),
  },
  {
    name: 'passphrase-wrong',
    query: 'setup=passphrase-wrong',
    act: async (page) => {
      await page.locator('#passphrase').fill('correct horse battery');
      await page.locator('button[type=submit]').click();
      await see(page, '[role=alert]');
    },
  },
];

/** Every state of every window. */
export const looks: Record<Window, Look[]> = { agenda, ring, schedule, settings, setup };
