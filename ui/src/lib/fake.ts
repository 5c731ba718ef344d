import type { Backend } from './backend';
import { agenda, ring } from './fake-day';
import { FakeSettings } from './fake-settings';
import { fakeSetup } from './fake-setup';

/**
 * A made-up day for a plain browser: development, tests and pictures. The
 * address chooses: `?lang=sv`, `?state=offline|loading|empty|new|sign-in|two|long`,
 * `?ring=before|late|several|doubt`, `?setup=credentials|unknown|foreign|again`,
 * `?settings=none`. What the
 * window asked for is kept in `window.asked`, for the tests.
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

  const fake = new FakeSettings(language, wish.get('settings') === 'none');
  let rings = ring(wish.get('ring') ?? 'before', language);
  let showRing: (view: typeof rings) => void = () => undefined;
  const silence = (id: string) => {
    rings = { rings: rings.rings.filter((one) => one.id !== id) };
    showRing(rings);
  };

  return {
    environment: () => Promise.resolve({ language, theme: null }),
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
    snooze: (id, choice) => {
      silence(id);
      return done('snooze', id, choice);
    },
    dismiss: (id) => {
      silence(id);
      return done('dismiss', id);
    },
    fitRing: () => Promise.resolve(),

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
