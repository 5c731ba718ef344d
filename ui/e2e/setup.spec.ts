import { asked } from './page.ts';
import { expect, test, type Page } from './warm.ts';

const next = (page: Page) => page.locator('button[type=submit]');

/** Goes as far as the password, with which `how` is signed in. */
async function signIn(page: Page, query: string): Promise<void> {
  await page.goto(`/setup.html?${query}`);
  await page.locator('#address').fill('anna@example.org');
  await page.keyboard.press('Enter');
  await page.locator('#password').fill('secret');
  await next(page).click();
}

/** Goes as far as the code. */
async function askForCode(page: Page, query: string): Promise<void> {
  await page.goto(`/setup.html?${query}`);
  await page.locator('#kind-service').check({ force: true });
  await page.locator('#service').fill('joinbell.example.org');
  await page.locator('#address').fill('anna@example.org');
  await next(page).click();
}

test('the address finds the server, which is shown before a password goes there', async ({
  page,
}) => {
  await page.goto('/setup.html');
  await page.getByLabel('E-mail address').fill('anna@example.org');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Server: mail.example.org')).toBeVisible();
  const steps = page.getByRole('listitem');
  await expect(steps.first()).toContainText(/Looking for your server.*without a password.*120 ms/s);
  // Who vouches for it, and how one gets in there.
  await expect(steps.last()).toContainText('Certificate by Acme Root CA, good until 1 March 2027.');
  await expect(steps.last()).toContainText('Signs in with NTLM.');
  await expect(page.getByLabel('User name')).toHaveValue('anna@example.org');
  await expect(page.getByLabel('Password')).toBeFocused();
  expect(await asked(page)).toEqual([['findServer', 'anna@example.org']]);
});

test('who has no server to hand looks at a made-up day', async ({ page }) => {
  await page.goto('/setup.html');
  await page.getByRole('button', { name: 'Try with a demo mailbox' }).click();
  expect(await asked(page)).toEqual([['showDemo']]);
  await expect(page.getByLabel('E-mail address')).toBeVisible();
});

test('a refused sign-in keeps what was typed, says why and how to go on', async ({ page }) => {
  await signIn(page, 'setup=credentials');
  const alert = page.getByRole('alert');
  await expect(alert).toContainText('mail.example.org did not let you in.');
  await expect(alert).toContainText('check both before you try again');
  await expect(alert).toBeFocused();
  await expect(page.getByText('Signing in with NTLM, failed')).toBeVisible();
  await expect(page.getByLabel('Password')).toHaveValue('secret');
  await page.getByRole('button', { name: 'Copy report' }).click();
  await expect(page.getByText('Report copied')).toBeVisible();
  await page.getByRole('button', { name: 'Try again' }).click();
  const connects = (await asked(page)).filter(([what]) => what === 'connect');
  expect(connects).toHaveLength(2);
  // What a test can see of the password is its length.
  expect(connects[0]?.[2]).toMatchObject({ user: 'anna@example.org', password: 6 });
});

test('the end is said, the password is gone, and another account can follow', async ({ page }) => {
  await signIn(page, '');
  await expect(page.getByRole('heading', { name: 'Connected' })).toBeFocused();
  await expect(page.getByRole('listitem')).toHaveCount(5);
  await page.getByRole('button', { name: 'Add another account' }).click();
  await expect(page.getByLabel('E-mail address')).toHaveValue('');
  await page.getByLabel('E-mail address').fill('omar@example.org');
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('User name')).toHaveValue('omar@example.org');
  await expect(page.getByLabel('Password')).toHaveValue('');
});

test('a server outside the domain counts only when the user says so', async ({ page }) => {
  await page.goto('/setup.html?setup=foreign');
  await page.getByLabel('E-mail address').fill('anna@example.org');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Use ex.hoster.net' }).click();
  await page.getByLabel('Password').fill('secret');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Connected' })).toBeVisible();
  expect((await asked(page))[1]?.[2]).toMatchObject({ server: 'ex.hoster.net' });
});

test('a server that nobody vouches for is told before there is a password to type', async ({
  page,
}) => {
  await page.goto('/setup.html?setup=certificate');
  await page.getByLabel('E-mail address').fill('anna@example.org');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toContainText('does not trust the certificate');
  await expect(page.getByLabel('Password')).toHaveCount(0);
  // The field that could help is open.
  await expect(page.getByLabel('Certificate authority (optional)')).toBeVisible();
});

test('where nobody is found the server can be written in', async ({ page }) => {
  await page.goto('/setup.html?setup=unknown');
  await page.getByLabel('E-mail address').fill('anna@example.org');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toContainText('No Exchange server was found');
  await page.getByText('More').click();
  await page.getByLabel('Exchange server').fill('https://mail.example.org');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByText('Server: mail.example.org')).toBeVisible();
  expect(await asked(page)).toHaveLength(1);
});

test('who enters the server themselves finds its field open, and what they wrote when they come back', async ({
  page,
}) => {
  await page.goto('/setup.html?setup=unknown');
  await page.getByLabel('E-mail address').fill('anna@example.org');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Enter the server yourself' }).click();
  await expect(page.getByLabel('Exchange server')).toBeFocused();
  await page.keyboard.type('https://mail.example.org');
  await page.getByRole('button', { name: 'Back' }).click();
  await expect(page.getByLabel('Exchange server')).toHaveValue('https://mail.example.org');
});

test('another address after going back is another user at another server', async ({ page }) => {
  await page.goto('/setup.html');
  await page.getByLabel('E-mail address').fill('anna@example.org');
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('User name')).toHaveValue('anna@example.org');
  await page.getByRole('button', { name: 'Back' }).click();
  await page.getByLabel('E-mail address').fill('omar@example.net');
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('User name')).toHaveValue('omar@example.net');
  expect(await asked(page)).toEqual([
    ['findServer', 'anna@example.org'],
    ['findServer', 'omar@example.net'],
  ]);
});

test('signing in again asks for the password alone', async ({ page }) => {
  await page.goto('/setup.html?setup=again');
  await expect(page.getByText('anna@example.org at mail.example.org')).toBeVisible();
  await page.getByLabel('Password').fill('new one');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Connected' })).toBeVisible();
});

/** Another window asks for the account at a host, or for a new one. */
const ask = (page: Page, host: string) =>
  page.evaluate((detail) => window.dispatchEvent(new CustomEvent('fake-setup', { detail })), host);

test('a window that is open turns to the account that is asked for, with nothing typed for the other', async ({
  page,
}) => {
  await page.goto('/setup.html?setup=again');
  await page.getByLabel('Password').fill('of the first');
  await ask(page, 'mail.example.org');
  await expect(page.getByLabel('Password')).toHaveValue('of the first');
  await ask(page, 'ex.example.net');
  await expect(page.getByText('anna@example.org at ex.example.net')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Sign in again' })).toBeFocused();
  await expect(page.getByLabel('Password')).toHaveValue('');
  await page.getByLabel('Password').fill('of the second');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Connected' })).toBeVisible();
  // At its end the window turns to the same account as well.
  await ask(page, 'ex.example.net');
  await expect(page.getByLabel('Password')).toHaveValue('');
  await ask(page, '');
  await expect(page.getByLabel('E-mail address')).toHaveValue('');
  expect(await asked(page)).toMatchObject([
    ['connect', '', { server: 'https://ex.example.net/EWS/Exchange.asmx', password: 13 }],
  ]);
});

test('what comes of an account that is no longer asked for is not said about the next one', async ({
  page,
}) => {
  await page.goto('/setup.html?setup=signing-in');
  await page.getByLabel('E-mail address').fill('anna@example.org');
  await page.keyboard.press('Enter');
  await page.getByLabel('Password').fill('secret');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Signing in with NTLM, under way')).toBeAttached();
  await ask(page, 'ex.example.net');
  await expect(page.getByText('anna@example.org at ex.example.net')).toBeVisible();
  await expect(page.getByRole('listitem')).toHaveCount(0);
  await expect(next(page)).toBeEnabled();
});

test('an address that was mistyped is no user name', async ({ page }) => {
  await page.goto('/setup.html?setup=mistyped');
  await page.getByLabel('E-mail address').fill('anna@exmaple.org');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toContainText('No Exchange server was found');
  await page.getByLabel('E-mail address').fill('anna@example.org');
  await page.keyboard.press('Enter');
  await expect(page.getByLabel('User name')).toHaveValue('anna@example.org');
});

test('a user name that was written stays with another address, one that was not follows', async ({
  page,
}) => {
  await page.goto('/setup.html?setup=unknown');
  const byHand = async (address: string) => {
    await page.getByLabel('E-mail address').fill(address);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Enter the server yourself' }).click();
  };
  const user = page.getByLabel('User name');
  await byHand('anna@exmaple.org');
  await expect(user).toHaveValue('anna@exmaple.org');
  await page.getByRole('button', { name: 'Back' }).click();
  await byHand('anna@example.org');
  await expect(user).toHaveValue('anna@example.org');
  await user.fill('EXAMPLE\\anna');
  await page.getByRole('button', { name: 'Back' }).click();
  await byHand('anna@example.net');
  await expect(user).toHaveValue('EXAMPLE\\anna');
});

test('the server that is said is the one that is written', async ({ page }) => {
  await page.goto('/setup.html');
  await page.getByLabel('E-mail address').fill('anna@example.org');
  await page.keyboard.press('Enter');
  await expect(page.getByText('Server: mail.example.org')).toBeVisible();
  await page.getByText('More', { exact: true }).click();
  await page.getByLabel('Exchange server').fill('https://ex.example.net/EWS/Exchange.asmx');
  await expect(page.getByText('Server: ex.example.net')).toBeVisible();
});

test('a hybrid service asks for its address and for the code, and for no password', async ({
  page,
}) => {
  await page.goto('/setup.html');
  await page.getByRole('radio', { name: 'Exchange directly' }).focus();
  await page.keyboard.press('ArrowDown');
  await expect(page.getByRole('radio', { name: 'Hybrid service' })).toBeChecked();
  await page.getByLabel('Address of the service').fill('joinbell.example.org');
  await page.getByLabel('E-mail address').fill('anna@example.org');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Look into your calendar' })).toBeVisible();
  await expect(page.getByText('If anna@example.org is a mailbox there')).toBeVisible();
  await expect(page.getByLabel('Password')).toHaveCount(0);
  await page.getByLabel('Code').fill('7k3f q2zd 9m4x 1tbv');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Connected' })).toBeFocused();
  const form = { service: 'joinbell.example.org', address: 'anna@example.org', caFile: '' };
  expect(await asked(page)).toEqual([
    ['askForCode', form],
    ['addDevice', '7k3f q2zd 9m4x 1tbv'],
  ]);
});

test('after a wrong code another one can be asked for', async ({ page }) => {
  await askForCode(page, 'setup=code-wrong');
  await page.getByLabel('Code').fill('0000-0000-0000-0000');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toContainText('not the code in your calendar');
  await expect(page.getByLabel('Code')).toHaveValue('0000-0000-0000-0000');
  await page.getByRole('button', { name: 'Another code' }).click();
  await expect(page.getByLabel('Code')).toHaveValue('');
  await expect(page.getByRole('alert')).toHaveCount(0);
});

test('an untrusted service opens the field for the own authority', async ({ page }) => {
  await askForCode(page, 'setup=service-certificate');
  await expect(page.getByRole('alert')).toContainText('is not trusted on this computer');
  await expect(page.getByLabel('Certificate authority (optional)')).toBeVisible();
  await expect(page.getByLabel('Exchange server')).toHaveCount(0);
});

test('a device that was taken away is added again at the same service', async ({ page }) => {
  await page.goto('/setup.html?setup=service-again');
  await expect(page.getByLabel('Address of the service')).toHaveValue(
    'https://joinbell.example.org/',
  );
  await expect(page.getByLabel('E-mail address')).toHaveValue('anna@example.org');
  await next(page).click();
  await expect(page.getByLabel('Code')).toBeFocused();
});

test('the browser asks for what the page does not, and brings the sign-in', async ({ page }) => {
  await page.goto('/setup.html');
  await page.getByLabel('E-mail address').fill('anna@example.org');
  await page.keyboard.press('Enter');
  await page.getByText('Sign in another way').click();
  await page.getByLabel('In the browser').check();
  await expect(page.locator('#password')).toHaveCount(0);
  await page.getByLabel('Client id').fill('joinbell');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Connected' })).toBeFocused();
  await expect(page.getByText('Signing in in the browser')).toBeVisible();
  expect((await asked(page))[1]?.[2]).toMatchObject({
    password: 0,
    signIn: { oauth: { client: 'joinbell', authority: '' } },
  });
});

test('the ticket of this computer needs nothing typed, where the program can use one', async ({
  page,
}) => {
  const ticket = page.getByLabel('With the ticket of this computer');
  await page.goto('/setup.html?setup=no-tickets');
  await page.getByLabel('E-mail address').fill('anna@example.org');
  await page.keyboard.press('Enter');
  await page.getByText('Sign in another way').click();
  await expect(ticket).toHaveCount(0);
  await page.goto('/setup.html');
  await page.getByLabel('E-mail address').fill('anna@example.org');
  await page.keyboard.press('Enter');
  await page.getByText('Sign in another way').click();
  await ticket.check();
  await next(page).click();
  await expect(page.getByRole('heading', { name: 'Connected' })).toBeFocused();
  expect((await asked(page))[1]?.[2]).toMatchObject({ password: 0, signIn: 'kerberos' });
});

test('sr_09: where no keyring answers a passphrase can be chosen, and the sign-in goes on', async ({
  page,
}) => {
  await signIn(page, 'setup=no-keyring');
  await expect(page.getByRole('alert')).toContainText('No keyring answers on this computer');
  await page.getByRole('button', { name: 'Protect with a passphrase' }).click();
  await expect(page.getByRole('heading', { name: 'Protect with a passphrase' })).toBeVisible();
  const phrase = page.locator('#passphrase');
  await expect(phrase).toBeFocused();
  await expect(phrase).toHaveAttribute('type', 'password');
  await phrase.fill('correct horse battery');
  await page.getByLabel('The passphrase once more').fill('correct horse batterz');
  await next(page).click();
  await expect(page.getByRole('alert')).toContainText('The two are not the same');
  await page.getByLabel('The passphrase once more').fill('correct horse battery');
  await next(page).click();
  // What was typed for the sign-in is still there.
  await expect(page.locator('#password')).toHaveValue('secret');
  await next(page).click();
  await expect(page.getByRole('heading', { name: 'Connected' })).toBeFocused();
  // What a test can see of a passphrase is its length.
  const chosen = (await asked(page)).filter(([what]) => what === 'choosePassphrase');
  expect(chosen).toEqual([['choosePassphrase', 21]]);
});

test('sr_09: a passphrase that is too short is refused with the reason', async ({ page }) => {
  await page.goto('/setup.html?setup=passphrase-choose');
  await page.locator('#passphrase').fill('short');
  await page.getByLabel('The passphrase once more').fill('short');
  await next(page).click();
  const alert = page.getByRole('alert');
  await expect(alert).toContainText('at least 12 characters, because');
  await expect(alert).toBeFocused();
  await expect(page.locator('#passphrase')).toHaveValue('short');
});

test('sr_09: the passphrase is entered where passwords are, and then the agenda comes', async ({
  page,
}) => {
  await page.goto('/setup.html?setup=passphrase-enter');
  await expect(page.getByRole('heading', { name: 'Enter your passphrase' })).toBeVisible();
  await expect(page.getByLabel('The passphrase once more')).toHaveCount(0);
  await page.locator('#passphrase').fill('correct horse battery');
  await page.keyboard.press('Enter');
  await expect.poll(() => asked(page)).toEqual([['enterPassphrase', 21], ['finishSetup']]);
});

test('sr_09: a wrong passphrase can be written again, or forgotten at a second press', async ({
  page,
}) => {
  await page.goto('/setup.html?setup=passphrase-wrong');
  await page.locator('#passphrase').fill('another horse battery');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toContainText('This is not your passphrase');
  await page.getByRole('button', { name: 'I have forgotten it' }).click();
  await expect(page.getByRole('status')).toContainText('your accounts have to sign in again');
  expect(await asked(page)).toEqual([['enterPassphrase', 21]]);
  await page.getByRole('button', { name: 'Give them up' }).click();
  await expect
    .poll(() => asked(page))
    .toEqual([['enterPassphrase', 21], ['forgetPassphrase'], ['finishSetup']]);
});

test('sr_09: a passphrase that was not entered yet does not keep an account from being added', async ({
  page,
}) => {
  await signIn(page, 'setup=closed');
  await page.getByRole('button', { name: 'Enter the passphrase' }).click();
  await page.locator('#passphrase').fill('correct horse battery');
  await page.keyboard.press('Enter');
  await next(page).click();
  await expect(page.getByRole('heading', { name: 'Connected' })).toBeFocused();
});
