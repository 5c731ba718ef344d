import { Channel } from '@tauri-apps/api/core';
import type { Backend, Stop } from './backend';
import { commands, type Problem } from './bindings';

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
    watchAgenda: (show) => watch(commands.watchAgenda, show),
    watchRing: (show) => watch(commands.watchRing, show),
    join: (meeting, index) => problem(commands.join({ meeting, index })),
    copyLink: (meeting, index) => problem(commands.copyLink({ meeting, index })),
    openWeb: (meeting) => problem(commands.openWeb({ meeting })),
    answerMeeting: (meeting, answer) => problem(commands.answerMeeting({ meeting, answer })),
    cancelMeeting: (meeting, message) => problem(commands.cancelMeeting({ meeting, message })),
    meetNow: () => problem(commands.meetNow()),
    runningLate: (meeting) => problem(commands.runningLate({ meeting })),
    snooze: (ring, choice) => problem(commands.snooze({ ring, choice })),
    dismiss: (ring) => problem(commands.dismiss({ ring })),
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
    refresh: () => commands.refresh(),
    showSetup: () => commands.showSetup(),
    findServer: async (address, caFile) => {
      const told = await commands.findServer({ address, caFile });
      return told.status === 'ok' ? { server: told.data } : { problem: told.error };
    },
    addAccount: (form) => problem(commands.addAccount(form)),
    finishSetup: () => commands.finishSetup(),
    quit: () => commands.quit(),
  };
}
