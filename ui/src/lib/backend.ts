import type {
  AccountForm,
  AgendaView,
  AnswerChoice,
  CandidateView,
  EnvironmentView,
  Part,
  Problem,
  RingView,
  ScheduleChange,
  SchedulePurpose,
  ScheduleView,
  SnoozeChoice,
} from './bindings';

/** Ends a subscription. */
export type Stop = () => void;

/**
 * What the windows can ask of the program. Two implementations: Rust behind
 * Tauri's commands, and a made-up day for a plain browser.
 *
 * What can be refused answers with the problem, and with null when it is done.
 */
export interface Backend {
  /** Language and platform of this run. */
  environment(): Promise<EnvironmentView>;

  /** The agenda now and whenever it changes. */
  watchAgenda(show: (view: AgendaView) => void): Stop;
  /** What rings now and whenever that changes. */
  watchRing(show: (view: RingView) => void): Stop;

  /** Opens a meeting's link; `index` is the place in the meeting's list. */
  join(meeting: string, index: number): Promise<Problem | null>;
  /** Puts a meeting's link on the clipboard. */
  copyLink(meeting: string, index: number): Promise<Problem | null>;
  /** Opens the item in Outlook on the web. */
  openWeb(meeting: string): Promise<Problem | null>;

  /** Answers an invitation. */
  answerMeeting(meeting: string, answer: AnswerChoice): Promise<Problem | null>;
  /** Calls a meeting of the user's own off; everybody who was asked hears of it. */
  cancelMeeting(meeting: string, message: string): Promise<Problem | null>;
  /** Makes a meeting in the user's own room, now; its link is on the clipboard. */
  meetNow(): Promise<Problem | null>;

  /** Lets a reminder come back later. */
  snooze(ring: string, choice: SnoozeChoice): Promise<Problem | null>;
  /** Puts a few words to the organizer on the clipboard: the user is late. */
  runningLate(meeting: string): Promise<Problem | null>;
  /** Ends a reminder. */
  dismiss(ring: string): Promise<Problem | null>;
  /** Tells how high the ring's content is, in CSS pixels. */
  fitRing(height: number): Promise<void>;

  /** Begins a meeting, or goes on with the draft or with one of the user's own. */
  openSchedule(purpose: SchedulePurpose): Promise<Problem | null>;
  /** The schedule window's content now and whenever it changes. */
  watchSchedule(show: (view: ScheduleView) => void): Stop;
  /** What the user did in the schedule window. */
  changeSchedule(change: ScheduleChange): Promise<Problem | null>;
  /** Sends the meeting; what comes of it is watched. */
  sendSchedule(): Promise<Problem | null>;
  /** People or rooms that may be meant; none where they could not be asked for. */
  completePeople(text: string, part: Part): Promise<CandidateView[]>;
  /** Closes the schedule window; the draft stays. */
  closeSchedule(): Promise<void>;

  /** Pulls from the server now. */
  refresh(): Promise<void>;
  /** Shows the window in which an account is set up. */
  showSetup(): Promise<void>;
  /** Finds the server of an e-mail address; no credential is sent to anybody. */
  findServer(address: string, caFile: string): Promise<{ server: string } | { problem: Problem }>;
  /** Checks the account with its server and keeps it. */
  addAccount(form: AccountForm): Promise<Problem | null>;
  /** Closes the set-up window and shows the agenda. */
  finishSetup(): Promise<void>;
  /** Ends the program. */
  quit(): Promise<void>;
}
