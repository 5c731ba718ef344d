import { Channel } from '@tauri-apps/api/core';
import type { Backend, Stop } from './backend';
import { commands, type Problem, type StepView } from './bindings';

type Answer = { status: 'ok'; data: null } | { status: 'error'; error: Problem };

async function problem(answer: Promise<Answer>): Promise<Problem | null> {
  const told = await answer;
  return told.status === 'error' ? told.error : null;
}

/** Rust ends a watch with its window; until then a stopped one is not shown. */
function watch<T>(start: (channel: Channel<T>) => Promise<void>, show: (view: T) => void): Stop {
  const channel = new Channel<T>(show);
  void start(channel);
  return () => (channel.onmessage = () => undefined);
}

/** Rust, by the commands which the window's capability names. */
export function tauriBackend(): Backend {
  return {
    environment: () => commands.environment(),
    watchEnvironment: (show) => watch(commands.watchEnvironment, show),
    watchAgenda: (show) => watch(commands.watchAgenda, show),
    agendaPainted: () => commands.agendaPainted(),
    watchRing: (show) => watch(commands.watchRing, show),
    join: (meeting, { index, host }, anyway) =>
      problem(commands.join({ meeting, index, host, anyway })),
    copyLink: (meeting, { index, host }) => problem(commands.copyLink({ meeting, index, host })),
    openWeb: (meeting) => problem(commands.openWeb({ meeting })),
    answerMeeting: (meeting, answer) => problem(commands.answerMeeting({ meeting, answer })),
    cancelMeeting: (meeting, message) => problem(commands.cancelMeeting({ meeting, message })),
    removeAppointment: (meeting) => problem(commands.removeAppointment({ meeting })),
    watchOpened: (show) => watch(commands.watchOpened, show),
    openMeeting: (meeting) => problem(commands.openMeeting({ meeting })),
    showMeeting: (meeting) => problem(commands.showMeeting({ meeting })),
    meetNow: () => problem(commands.meetNow()),
    runningLate: (meeting) => problem(commands.runningLate({ meeting })),
    snooze: (ring, choice) => problem(commands.snooze({ ring, choice })),
    dismiss: (ring) => problem(commands.dismiss({ ring })),
    closeRing: () => commands.closeRing(),
    fitRing: (height) => commands.fitRing({ height }),
    openSchedule: (purpose) => problem(commands.openSchedule(purpose)),
    watchSchedule: (show) => watch(commands.watchSchedule, show),
    changeSchedule: (change) => problem(commands.changeSchedule(change)),
    sendSchedule: () => problem(commands.sendSchedule()),
    completePeople: async (text, part) => {
      const told = await commands.completePeople({ text, part });
      return told.status === 'ok' ? told.data : [];
    },
    closeSchedule: () => commands.closeSchedule(),
    watchFailures: (show) => watch(commands.watchFailures, show),
    refresh: () => commands.refresh(),
    showSetup: () => commands.showSetup(),
    showSettings: () => commands.showSettings(),
    watchSetup: (show) => watch(commands.watchSetup, show),
    findServer: async (address, caFile, told) => {
      const steps = new Channel<StepView>(told);
      const outcome = await commands.findServer({ address, caFile }, steps);
      return outcome.status === 'ok' ? { found: outcome.data } : { failure: outcome.error };
    },
    connect: async (address, form, told) => {
      const steps = new Channel<StepView>(told);
      const outcome = await commands.connect({ address, form }, steps);
      return outcome.status === 'ok' ? null : outcome.error;
    },
    askForCode: async (form) => {
      const outcome = await commands.askForCode({ form });
      return outcome.status === 'ok' ? null : outcome.error;
    },
    addDevice: async (code) => {
      const outcome = await commands.addDevice({ code });
      return outcome.status === 'ok' ? null : outcome.error;
    },
    choosePassphrase: (passphrase) => problem(commands.choosePassphrase({ passphrase })),
    enterPassphrase: (passphrase) => problem(commands.enterPassphrase({ passphrase })),
    forgetPassphrase: () => problem(commands.forgetPassphrase()),
    watchSettings: (show) => watch(commands.watchSettings, show),
    changeSetting: (change) => problem(commands.changeSetting({ change })),
    toggleTitles: async () => {
      const told = await commands.toggleTitles();
      return told.status === 'ok' ? told.data : told.error;
    },
    undoSetting: () => problem(commands.undoSetting()),
    removeAccount: (account) => problem(commands.removeAccount({ account })),
    signInAgain: async (account) => void (await commands.signInAgain({ account })),
    problemReport: () => commands.problemReport(),
    copyReport: () => problem(commands.copyReport()),
    showDemo: async () => {
      const outcome = await commands.showDemo();
      return outcome.status === 'ok' ? null : outcome.error;
    },
    finishSetup: () => commands.finishSetup(),
    quit: () => commands.quit(),
  };
}
