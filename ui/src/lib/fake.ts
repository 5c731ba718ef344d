import type { Backend } from './backend';
import type { OpenedView, Problem } from './bindings';
import { agenda } from './fake-day';
import { detailsOf } from './fake-parts';
import { ring } from './fake-ring';
import { FakeSchedule } from './fake-schedule';
import { FakeSettings } from './fake-settings';
import { fakeSetup } from './fake-setup';

/**
 * A made-up day for a plain browser: development, tests and pictures. The
 * address chooses: `?lang=sv`, `?state=offline|failed|loading|empty|new|sign-in|two|declined|long|away`,
 * `?show=MEETING`,
 * `?ring=before|now|late|several|doubt|unknown|no-link|whole-screen`, `?setup=credentials|unknown|foreign|again|service-again|service-away|service-certificate|code-wrong`, `?settings=none`; for the
 * schedule `?state=empty|unknown|none|asking|loading|accounts` and
 * `?send=sending|sent|unsure|refused|problem`. What the window asked for is kept in
 * `window.asked`, for the tests.
 */
export function fakeBackend(): Backend {
  const wish = new URLSearchParams(location.search);
  const language = wish.get('lang') === 'sv' ? 'sv' : 'en';
  const asked: unknown[][] = [];
  Object.assign(window, { asked });

  const done = (...what: unknown[]): Promise<null> => {
    asked.push(what);
    return Promise.resolve(null);
  };
  const noted = async (...what: unknown[]): Promise<void> => {
    await done(...what);
  };

  let hidden = false;
  const fake = new FakeSettings(language, wish.get('settings') === 'none');
  let rings = ring(wish.get('ring') ?? 'before', language);
  let showRing: (view: typeof rings) => void = () => undefined;
  const silence = (id: string) => {
    rings = { ...rings, rings: rings.rings.filter((one) => one.id !== id) };
    showRing(rings);
  };

  let opened: OpenedView = { meeting: null, details: null, wanted: wish.get('show') };
  let showOpened: (view: OpenedView) => void = () => undefined;

  const schedule = new FakeSchedule(language, wish.get('state') ?? '', wish.get('send') ?? '');

  return {
    environment: () =>
      Promise.resolve({ language, theme: null, weekBegins: Number(wish.get('week') ?? 1) }),
    watchEnvironment: (show) => fake.watchEnvironment(show),

    watchAgenda(show) {
      show(agenda(wish.get('state') ?? 'day', language));
      // A live change, as the server would bring one.
      const change = () => show(agenda('changed', language));
      window.addEventListener('fake-change', change);
      return () => window.removeEventListener('fake-change', change);
    },
    watchRing(show) {
      showRing = show;
      show(rings);
      return () => (showRing = () => undefined);
    },

    join: (meeting, index) => done('join', meeting, index),
    copyLink: (meeting, index) => done('copyLink', meeting, index),
    openWeb: (meeting) => done('openWeb', meeting),
    answerMeeting: async (meeting, answer) => {
      await done('answerMeeting', meeting, answer);
      if (wish.get('send') === 'slow') await new Promise(() => undefined);
      return wish.get('send') === 'refused' ? notSent : null;
    },
    cancelMeeting: (meeting, message) => done('cancelMeeting', meeting, message),
    watchOpened(show) {
      showOpened = show;
      show(opened);
      // As the ring, the tray or a link would have it.
      const want = (event: Event) => {
        opened = { ...opened, wanted: (event as CustomEvent<string>).detail };
        show(opened);
      };
      window.addEventListener('fake-want', want);
      return () => window.removeEventListener('fake-want', want);
    },
    agendaPainted: () => Promise.resolve(),
    // Only what is sent to the server is noted.
    openMeeting: (meeting) => {
      opened = { meeting, details: detailsOf.get(meeting ?? '') ?? null, wanted: null };
      showOpened(opened);
      return Promise.resolve(null);
    },
    showMeeting: (meeting) => done('showMeeting', meeting),
    meetNow: () => done('meetNow'),
    runningLate: (meeting) => done('runningLate', meeting),
    snooze: (id, choice) => {
      silence(id);
      return done('snooze', id, choice);
    },
    dismiss: (id) => {
      silence(id);
      return done('dismiss', id);
    },
    fitRing: () => Promise.resolve(),

    openSchedule: (purpose) => done('openSchedule', purpose),
    watchSchedule: (show) => schedule.watch(show),
    changeSchedule: (change) => {
      schedule.change(change);
      return done('changeSchedule', change);
    },
    sendSchedule: () => {
      asked.push(['sendSchedule']);
      if (wish.get('send') === 'problem') return Promise.resolve(offline(language));
      schedule.send();
      return Promise.resolve(null);
    },
    completePeople: (text, part) => Promise.resolve(schedule.complete(text, part)),
    closeSchedule: () => noted('closeSchedule'),

    refresh: () => noted('refresh'),
    showSetup: () => noted('showSetup'),
    showSettings: () => noted('showSettings'),
    ...fakeSetup(wish.get('setup'), language, asked),
    finishSetup: () => noted('finishSetup'),
    watchSettings: (show) => fake.watch(show),
    changeSetting: (change) => {
      asked.push(['changeSetting', change]);
      return Promise.resolve(fake.change(change));
    },
    toggleTitles: () => {
      hidden = !hidden;
      return Promise.resolve(hidden);
    },
    undoSetting: () => {
      fake.undo();
      return done('undoSetting');
    },
    removeAccount: (account) => {
      fake.remove(account);
      return done('removeAccount', account);
    },
    signInAgain: (account) => noted('signInAgain', account),
    problemReport: () => Promise.resolve(fake.report()),
    copyReport: () => done('copyReport'),
    quit: () => noted('quit'),
  };
}

function offline(language: string): Problem {
  const text =
    language === 'sv'
      ? 'mail.example.org går inte att nå, så inget skickades; försök igen när nätet är tillbaka.'
      : 'mail.example.org cannot be reached, so nothing was sent; try again when the network is back.';
  return { code: 'unreachable', text };
}

const notSent: Problem = {
  code: 'unreachable',
  text: 'mail.example.org cannot be reached; check the address and the network, then try again.',
};
