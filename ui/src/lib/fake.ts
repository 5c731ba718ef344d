import type { Backend } from './backend';
import type { OpenedView, Problem } from './bindings';
import { choice } from './fake-choices';
import { agenda, withCall } from './fake-day';
import { detailsOf } from './fake-parts';
import { ring } from './fake-ring';
import { FakeSchedule } from './fake-schedule';
import { FakeSettings } from './fake-settings';
import { fakeSetup } from './fake-setup';
import { openedAnew, withText } from './fake-texts';
import { learnMore } from './fake-words';
import { say } from './words';

/**
 * A made-up day for a plain browser: development, tests and pictures. The
 * address chooses what `choices` names, `?lang=sv`, `?show=MEETING` and `?week=0`.
 * Its meetings are Swedish or English; the windows have a word in any language.
 * What the window asked for is kept in `window.asked`, for the tests.
 */
export function fakeBackend(): Backend {
  const wish = new URLSearchParams(location.search);
  learnMore();
  const spoken = wish.get('lang') ?? 'en';
  const language = spoken === 'sv' ? 'sv' : 'en';
  const state = choice(location, 'agenda', 'state');
  const answered = choice(location, 'agenda', 'send');
  const joined = choice(location, 'ring', 'join');
  const sent = choice(location, 'schedule', 'send');
  const asked: unknown[][] = [];
  Object.assign(window, { asked });

  const done = (...what: unknown[]): Promise<null> => {
    asked.push(what);
    return Promise.resolve(null);
  };
  const noted = async (...what: unknown[]): Promise<void> => {
    await done(...what);
  };

  /** What the server says to an answer, or to a meeting being called off. */
  const serverSays = async (): Promise<Problem | null> => {
    if (answered === 'slow') await new Promise(() => undefined);
    return answered === 'refused' ? problem('problem-unreachable') : null;
  };

  let hidden = false;
  const fake = new FakeSettings(spoken, choice(location, 'settings', 'settings') === 'none');
  let rings = ring(choice(location, 'ring', 'ring'), language);
  let showRing: (view: typeof rings) => void = () => undefined;
  const silence = (id: string) => {
    rings = { ...rings, rings: rings.rings.filter((one) => one.id !== id) };
    showRing(rings);
  };

  let opened: OpenedView = { meeting: null, details: null, wanted: wish.get('show') };
  let showOpened: (view: OpenedView) => void = () => undefined;

  /** The link whose host was told last; Rust looks at the time as well. */
  let told = '';
  /** The host of a link, where it is of no known service. */
  const strangerOf = (meeting: string, index: number): string | undefined => {
    const view = agenda(state, language);
    const meetings = [
      ...rings.rings.map((one) => ({ id: one.meeting, joins: one.joins })),
      ...view.heroes,
      ...view.days.flatMap((day) => day.rows),
    ];
    return meetings
      .find((one) => one.id === meeting)
      ?.joins.find((one) => one.index === index && !one.known)?.host;
  };

  const schedule = new FakeSchedule(language, choice(location, 'schedule', 'state'), sent);

  return {
    environment: () =>
      Promise.resolve({ language: spoken, theme: null, weekBegins: Number(wish.get('week') ?? 1) }),
    watchEnvironment: (show) => fake.watchEnvironment(show),

    watchAgenda(show) {
      show(agenda(state, language));
      // A live change, as the server would bring one.
      const change = () => show(withCall(agenda(state, language), language));
      // A server's words, of whatever kind.
      const text = (event: Event) => {
        show(withText(agenda(state, language), (event as CustomEvent<string>).detail));
        opened = openedAnew(opened);
        showOpened(opened);
      };
      window.addEventListener('fake-change', change);
      window.addEventListener('fake-text', text);
      return () => {
        window.removeEventListener('fake-change', change);
        window.removeEventListener('fake-text', text);
      };
    },
    watchRing(show) {
      showRing = show;
      show(rings);
      return () => (showRing = () => undefined);
    },

    join: async (meeting, { index }, anyway) => {
      const stranger = strangerOf(meeting, index);
      const key = `${meeting} ${String(index)}`;
      if (stranger && !(anyway && told === key)) {
        told = key;
        return { code: 'doubt', text: say('problem-doubt', { host: stranger }) };
      }
      told = '';
      await done('join', meeting, index);
      return joined === 'refused' ? problem('problem-open-failed', 'acme.webex.com') : null;
    },
    copyLink: (meeting, { index }) => done('copyLink', meeting, index),
    openWeb: (meeting) => done('openWeb', meeting),
    answerMeeting: async (meeting, answer) => {
      await done('answerMeeting', meeting, answer);
      return serverSays();
    },
    cancelMeeting: async (meeting, message) => {
      await done('cancelMeeting', meeting, message);
      return serverSays();
    },
    removeAppointment: async (meeting) => {
      await done('removeAppointment', meeting);
      return serverSays();
    },
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
    closeRing: () => noted('closeRing'),
    // Noted apart: it is asked for at every change.
    fitRing: (height) => {
      Object.assign(window, { fitted: height });
      return Promise.resolve();
    },

    openSchedule: (purpose) => done('openSchedule', purpose),
    watchSchedule: (show) => schedule.watch(show),
    changeSchedule: (change) => {
      schedule.change(change);
      return done('changeSchedule', change);
    },
    sendSchedule: () => {
      asked.push(['sendSchedule']);
      if (sent === 'problem') return Promise.resolve(problem('refused-unreachable'));
      schedule.send();
      return Promise.resolve(null);
    },
    completePeople: (text, part) => Promise.resolve(schedule.complete(text, part)),
    closeSchedule: () => noted('closeSchedule'),

    watchFailures(show) {
      // As of something that the tray was asked for.
      const failed = (event: Event) => show((event as CustomEvent<Problem>).detail);
      window.addEventListener('fake-failure', failed);
      return () => window.removeEventListener('fake-failure', failed);
    },
    refresh: () => noted('refresh'),
    showSetup: () => noted('showSetup'),
    showSettings: () => noted('showSettings'),
    ...fakeSetup(choice(location, 'setup', 'setup'), asked),
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

function problem(key: string, host = 'mail.example.org'): Problem {
  return { code: 'unreachable', text: say(key, { host }) };
}
