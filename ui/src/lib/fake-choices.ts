/**
 * What the address of a made-up window may choose, as in
 * `/agenda.html?state=offline&lang=sv`; the first of each stands without a
 * choice. Every one has a look in `e2e/looks.ts`, or a test fails.
 */
export const choices = {
  agenda: {
    state: [
      'day',
      'two',
      'declined',
      'offline',
      'failed',
      'sign-in',
      'no-keyring',
      'passphrase',
      'loading',
      'empty',
      'new',
      'away',
      'changed',
      'long',
    ],
    /** What comes of an answer or of calling off. */
    send: ['done', 'slow', 'refused'],
  },
  ring: {
    ring: [
      'before',
      'now',
      'late',
      'several',
      'many',
      'doubt',
      'unknown',
      'no-link',
      'whole-screen',
      'whole-screen-many',
    ],
    /** What comes of Join. */
    join: ['done', 'refused'],
  },
  schedule: {
    state: ['filled', 'empty', 'unknown', 'none', 'asking', 'loading', 'accounts', 'edit'],
    send: ['sent', 'sending', 'unsure', 'refused', 'problem'],
  },
  settings: {
    settings: ['two', 'none'],
  },
  setup: {
    setup: [
      'plain',
      'no-tickets',
      'searching',
      'unknown',
      'mistyped',
      'foreign',
      'signing-in',
      'credentials',
      'certificate',
      'again',
      'browser',
      'service-again',
      'service-away',
      'service-certificate',
      'code-wrong',
      'no-keyring',
      'closed',
      'passphrase-choose',
      'passphrase-enter',
      'passphrase-wrong',
    ],
  },
} as const;

type Choices = typeof choices;
export type Page = keyof Choices;

/** What `name` of a window's address may be. */
export type Choice<
  P extends Page,
  N extends keyof Choices[P],
> = Choices[P][N] extends readonly (infer V)[] ? V : never;

/** What an address chooses; on the pages of other windows that is the first. */
export function choice<P extends Page, N extends keyof Choices[P] & string>(
  address: { pathname: string; search: string },
  page: P,
  name: N,
): Choice<P, N> {
  const known = choices[page][name] as readonly Choice<P, N>[];
  const here = address.pathname.endsWith(`/${page}.html`);
  const wish = here ? new URLSearchParams(address.search).get(name) : null;
  const found = known.find((one, at) => (wish === null ? at === 0 : one === wish));
  // A test that misspells a state would look at another one.
  if (found === undefined) throw new Error(`${page} has no ${name} “${wish ?? ''}”`);
  return found;
}
