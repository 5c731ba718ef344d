import type {
  AccountForm,
  AgendaView,
  AnswerChoice,
  CandidateView,
  EnvironmentView,
  FailureView,
  FoundView,
  JoinView,
  OpenedView,
  Part,
  Problem,
  ReportView,
  RingView,
  SettingsChange,
  SettingsView,
  SetupView,
  ScheduleChange,
  SchedulePurpose,
  ScheduleView,
  ServiceForm,
  SnoozeChoice,
  StepView,
} from './bindings';

/** Ends a subscription. */
export type Stop = () => void;

/** A link by its place in the meeting's list, and the host that was shown. */
export type ShownLink = Pick<JoinView, 'index' | 'host'>;

/**
 * What the windows can ask of the program. Two implementations: Rust behind
 * Tauri's commands, and a made-up day for a plain browser.
 *
 * What can be refused answers with the problem, and with null when it is done.
 */
export interface Backend {
  /** Language and colours of this moment. */
  environment(): Promise<EnvironmentView>;
  /** Language and colours now and whenever they change. */
  watchEnvironment(show: (view: EnvironmentView) => void): Stop;

  /** The agenda now and whenever it changes. */
  watchAgenda(show: (view: AgendaView) => void): Stop;
  /** What rings now and whenever that changes. */
  watchRing(show: (view: RingView) => void): Stop;

  /** Opens a meeting's link, where it still leads to the host that was shown. */
  join(meeting: string, link: ShownLink, anyway: boolean): Promise<Problem | null>;
  /** Puts a meeting's link on the clipboard. */
  copyLink(meeting: string, link: ShownLink): Promise<Problem | null>;
  /** Opens the item in Outlook on the web. */
  openWeb(meeting: string): Promise<Problem | null>;

  /** Answers an invitation. */
  answerMeeting(meeting: string, answer: AnswerChoice): Promise<Problem | null>;
  /** Calls a meeting of the user's own off; everybody who was asked hears of it. */
  cancelMeeting(meeting: string, message: string): Promise<Problem | null>;
  removeAppointment(meeting: string): Promise<Problem | null>;
  /** Says that the agenda is painted with its meetings. */
  agendaPainted(): Promise<void>;
  /** What is known of the meeting that is open, and which one is to be. */
  watchOpened(show: (view: OpenedView) => void): Stop;
  /** Says which meeting is open in the agenda; null when none is. */
  openMeeting(meeting: string | null): Promise<Problem | null>;
  /** Shows a meeting in the agenda window. */
  showMeeting(meeting: string): Promise<Problem | null>;
  /** Makes a meeting in the user's own room, now; its link is on the clipboard. */
  meetNow(): Promise<Problem | null>;

  /** Lets a reminder come back later. */
  snooze(ring: string, choice: SnoozeChoice): Promise<Problem | null>;
  /** Puts a few words to the organizer on the clipboard: the user is late. */
  runningLate(meeting: string): Promise<Problem | null>;
  /** Ends a reminder. */
  dismiss(ring: string): Promise<Problem | null>;
  /** Closes the ring's window where nothing rings. */
  closeRing(): Promise<void>;
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

  /** What failed that was asked for where nothing can be told, such as in the tray. */
  watchFailures(show: (problem: Problem) => void): Stop;
  /** Pulls from the server now. */
  refresh(): Promise<void>;
  /** Shows the window in which a new account is set up. */
  showSetup(): Promise<void>;
  /** Shows the settings. */
  showSettings(): Promise<void>;

  /** Which account the set-up window is for, now and whenever one is asked for. */
  watchSetup(show: (view: SetupView) => void): Stop;
  /** Finds the server of an e-mail address; no credential is sent to anybody. */
  findServer(
    address: string,
    caFile: string,
    told: (step: StepView) => void,
  ): Promise<{ found: FoundView } | { failure: FailureView }>;
  /** Asks the server step by step, and keeps the account. */
  connect(
    address: string,
    form: AccountForm,
    told: (step: StepView) => void,
  ): Promise<FailureView | null>;
  /** Has a code put into the user's calendar by a hybrid service. */
  askForCode(form: ServiceForm): Promise<FailureView | null>;
  /** Proves the code, and keeps the account. */
  addDevice(code: string): Promise<FailureView | null>;
  /** Shows a made-up day in a program of its own. */
  showDemo(): Promise<FailureView | null>;
  /** Keeps passwords and keys under a passphrase from now on. */
  choosePassphrase(passphrase: string): Promise<Problem | null>;
  /** Opens what is kept under the passphrase. */
  enterPassphrase(passphrase: string): Promise<Problem | null>;
  /** Does without the passphrase, and without what is kept under it. */
  forgetPassphrase(): Promise<Problem | null>;
  /** Closes the set-up window and shows the agenda. */
  finishSetup(): Promise<void>;

  /** The settings now and whenever they change. */
  watchSettings(show: (view: SettingsView) => void): Stop;
  /** Changes one setting; it counts at once. */
  changeSetting(change: SettingsChange): Promise<Problem | null>;
  /** Hides titles where others may see them, or shows them; answers whether they are hidden. */
  toggleTitles(): Promise<boolean | Problem>;
  /** Takes the last change back. */
  undoSetting(): Promise<Problem | null>;
  /** Forgets an account with its password and its meetings. */
  removeAccount(account: string): Promise<Problem | null>;
  /** Shows the window in which this account is signed in again. */
  signInAgain(account: string): Promise<void>;
  /** Makes the problem report. */
  problemReport(): Promise<ReportView>;
  /** Puts the report that was shown last on the clipboard. */
  copyReport(): Promise<Problem | null>;

  /** Ends the program. */
  quit(): Promise<void>;
}
