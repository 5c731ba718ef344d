import type { Stop } from './backend';
import type {
  ControlView,
  EnvironmentView,
  OptionView,
  Problem,
  ReportView,
  SectionView,
  SettingName,
  SettingsChange,
  SettingsView,
  SettingView,
} from './bindings';
import { say } from './words';

/** Days of the week as they are kept, and as they are called. */
const WEEK: Record<string, readonly [string, string]> = {
  Mon: ['Monday', 'måndag'],
  Tue: ['Tuesday', 'tisdag'],
  Wed: ['Wednesday', 'onsdag'],
  Thu: ['Thursday', 'torsdag'],
  Fri: ['Friday', 'fredag'],
  Sat: ['Saturday', 'lördag'],
  Sun: ['Sunday', 'söndag'],
};
const LANGUAGES = { en: 'English', sv: 'Svenska', ar: 'العربية' };
const timesOf = (...times: string[]) => Object.fromEntries(times.map((time) => [time, time]));
const MORNING = timesOf('07:00', '08:00', '09:00');
const EVENING = timesOf('16:00', '17:00', '18:00');

/** Made-up settings that can be changed; Rust holds the real ones. */
export class FakeSettings {
  private readonly before: string[] = [];
  private last: SettingName | null = null;
  private show: (view: SettingsView) => void = () => undefined;
  private showEnvironment: (view: EnvironmentView) => void = () => undefined;
  private accounts: SettingsView['accounts'];
  private values: Record<string, string> = {
    minutes_before: '5',
    again_before: '1',
    outside_hours: 'on',
    work_days: 'Mon Tue Wed Thu Fri',
    work_from: '08:00',
    work_to: '17:00',
    quiet: 'on',
    ring_screen: 'pointer',
    collapse_after_minutes: '10',
    personal_room: 'https://acme.webex.com/meet/anna',
    webex_means: 'personal',
    meet_means: 'one_time',
    in_app: 'Zoom',
    join_next: 'Ctrl+Alt+J',
  };

  constructor(language: string, empty: boolean) {
    this.values['language'] = language;
    this.accounts = empty
      ? []
      : [
          {
            id: 'a',
            user: 'anna@example.org',
            host: 'mail.example.org',
            sync: { state: 'up_to_date', text: '' },
          },
          {
            id: 'b',
            user: 'EXAMPLE\\anna.berg',
            host: 'ex.example.net',
            sync: { state: 'needs_sign_in', text: '' },
          },
        ];
  }

  watchEnvironment(show: (view: EnvironmentView) => void): Stop {
    this.showEnvironment = show;
    return () => (this.showEnvironment = () => undefined);
  }

  watch(show: (view: SettingsView) => void): Stop {
    this.show = show;
    show(this.view());
    return () => (this.show = () => undefined);
  }

  change({ name, value }: SettingsChange): Problem | null {
    if (name === 'personal_room' && value.kind === 'text' && !/^(https:|$)/.test(value.text)) {
      return { code: 'other', text: say('problem-setting-room') };
    }
    if (name === 'work_days' && value.kind === 'part' && !value.on) {
      const days = (this.values[name] ?? '').split(' ').filter((day) => day !== value.value);
      if (days.length === 0) return { code: 'other', text: say('problem-setting-work-hours') };
    }
    if (name === 'mute' && value.kind === 'text' && !/^(|.+\+.+)$/.test(value.text)) {
      const written = value.text;
      return { code: 'other', text: say('problem-setting-shortcut', { written }) };
    }
    // What another program holds the system refuses after it has counted for a moment.
    if (name === 'join_next' && value.kind === 'text' && value.text === 'Ctrl+Alt+T') {
      const before = this.values[name] ?? '';
      this.values[name] = value.text;
      this.tell();
      setTimeout(() => {
        this.values[name] = before;
        this.tell();
      });
      return { code: 'other', text: say('problem-shortcut-taken', { keys: value.text }) };
    }
    this.before.push(JSON.stringify([this.values, this.last]));
    this.last = name;
    const kept = new Set((this.values[name] ?? '').split(' '));
    if (value.kind === 'part') {
      if (value.on) kept.add(value.value);
      else kept.delete(value.value);
    }
    this.values[name] =
      value.kind === 'switch'
        ? value.on
          ? 'on'
          : ''
        : value.kind === 'text'
          ? value.text
          : [...kept].join(' ');
    this.tell();
    return null;
  }

  undo(): void {
    const before = this.before.pop();
    if (before) {
      [this.values, this.last] = JSON.parse(before) as [Record<string, string>, SettingName | null];
    }
    this.tell();
  }

  remove(account: string): void {
    this.accounts = this.accounts.filter((one) => one.id !== account);
    this.tell();
  }

  report(): ReportView {
    return {
      text: 'Joinbell 0.1.0\nsystem: linux x86_64, Debian GNU/Linux 12\naccount 1: UpToDate\n\nlog\nWARN no route to ‹host›\n',
      removed: say('report-removed', { count: 1 }),
    };
  }

  private tell(): void {
    const theme = this.values['theme'];
    this.showEnvironment({
      language: this.values['language'] || 'en',
      theme: theme === 'light' || theme === 'dark' ? theme : null,
      weekBegins: 1,
    });
    this.show(this.view());
  }

  private view(): SettingsView {
    const section = (name: SectionView['section'], ...settings: SettingView[]): SectionView => ({
      section: name,
      title: say(`settings-${name}`),
      settings,
    });
    return {
      sections: [
        section('accounts'),
        section(
          'reminders',
          this.setting('minutes_before', 'minutes-before', this.minutes('minutes_before', 0)),
          this.setting(
            'again_before',
            'again-before',
            this.several('again_before', ['30', '15', '10', '2', '1', '0'], (minutes) =>
              say('set-again-option', { minutes: Number(minutes) }),
            ),
          ),
          this.setting(
            'silent',
            'silent',
            this.several('silent', ['tentative', 'not_answered', 'free'], (kind) =>
              say(`set-silent-${kind.replace('_', '-')}`),
            ),
          ),
          this.setting(
            'collapse_after_minutes',
            'collapse',
            this.minutes('collapse_after_minutes', 1),
          ),
          this.setting('sound', 'sound', this.on('sound')),
          this.setting('full_screen', 'full-screen', this.on('full_screen')),
          this.setting(
            'ring_screen',
            'ring-screen',
            this.choice('ring_screen', {
              pointer: say('set-ring-screen-pointer'),
              primary: say('set-ring-screen-primary'),
            }),
            false,
          ),
          this.setting('quiet', 'quiet', this.on('quiet')),
          this.setting('outside_hours', 'outside-hours', this.on('outside_hours')),
          this.setting(
            'work_days',
            'work-days',
            this.several('work_days', Object.keys(WEEK), (day) => this.dayName(day)),
            false,
          ),
          this.setting('work_from', 'work-from', this.choice('work_from', MORNING), false),
          this.setting('work_to', 'work-to', this.choice('work_to', EVENING), false),
          this.setting('at_login', 'at-login', this.on('at_login')),
        ),
        section(
          'keywords',
          this.setting(
            'personal_room',
            'personal-room',
            this.text('personal_room', 'https://acme.webex.com/meet/anna'),
          ),
          this.setting('space', 'space', this.text('space', 'https://acme.webex.com/meet/team')),
          this.setting(
            'one_time_room',
            'one-time-room',
            this.text('one_time_room', 'https://meet.jit.si/{id}'),
          ),
          this.setting(
            'webex_means',
            'webex-means',
            this.choice('webex_means', this.rooms()),
            false,
          ),
          this.setting('meet_means', 'meet-means', this.choice('meet_means', this.rooms()), false),
          this.setting('write_details', 'write-details', this.on('write_details')),
          this.setting('tell_attendees', 'tell-attendees', this.on('tell_attendees')),
        ),
        section(
          'join',
          this.setting(
            'in_app',
            'in-app',
            this.several('in_app', ['Microsoft Teams', 'Webex', 'Zoom']),
          ),
          this.setting(
            'never',
            'never',
            this.several('never', ['tel', 'sip'], (scheme) =>
              scheme === 'tel' ? say('set-never-telephone') : say('set-never-video', { scheme }),
            ),
          ),
          this.setting(
            'services_file',
            'services-file',
            this.text('services_file', '/etc/joinbell/services.toml'),
          ),
        ),
        section('privacy', this.setting('hide_titles', 'hide-titles', this.on('hide_titles'))),
        section(
          'appearance',
          this.setting(
            'language',
            'language',
            this.choice('language', { '': say('set-by-system'), ...LANGUAGES }),
            false,
          ),
          this.setting(
            'hours',
            'hours',
            this.choice('hours', {
              '': say('set-by-system'),
              '24': say('set-hours-24'),
              '12': say('set-hours-12'),
            }),
            false,
          ),
          this.setting(
            'theme',
            'theme',
            this.choice('theme', {
              '': say('set-by-system'),
              light: say('set-theme-light'),
              dark: say('set-theme-dark'),
            }),
            false,
          ),
          this.setting('show_declined', 'show-declined', this.on('show_declined'), false),
        ),
        section(
          'shortcuts',
          this.setting('join_next', 'join-next', this.text('join_next', 'Ctrl+Alt+J')),
          this.setting('open_agenda', 'open-agenda', this.text('open_agenda', 'Ctrl+Alt+A'), false),
          this.setting('show_ring', 'show-ring', this.text('show_ring', 'Ctrl+Alt+R')),
          this.setting('mute', 'mute', this.text('mute', 'Ctrl+Alt+M')),
        ),
        section('diagnostics'),
      ],
      accounts: this.accounts.map((one) => ({
        ...one,
        sync: { ...one.sync, text: say(`sync-${one.sync.state.replaceAll('_', '-')}`) },
      })),
      undo: this.before.length ? say('settings-undo', { title: this.titleOf() }) : null,
    };
  }

  private rooms(): Record<string, string> {
    return {
      personal: say('set-personal-room'),
      space: say('set-space'),
      one_time: say('set-one-time-room'),
    };
  }

  private dayName(day: string): string {
    return WEEK[day]?.[this.values['language'] === 'sv' ? 1 : 0] ?? day;
  }

  private titleOf(): string {
    const known: Record<string, string> = { collapse_after_minutes: 'set-collapse' };
    const last = this.last ?? '';
    return say(known[last] ?? `set-${last.replaceAll('_', '-')}`);
  }

  private setting(
    name: SettingName,
    key: string,
    control: ControlView,
    hinted = true,
  ): SettingView {
    const hint = hinted ? say(`hint-${key}`) : '';
    return { name, title: say(`set-${key}`), hint, control };
  }

  private on(name: SettingName): ControlView {
    return { kind: 'switch', on: this.values[name] === 'on' };
  }

  private text(name: SettingName, example: string): ControlView {
    return { kind: 'text', value: this.values[name] ?? '', example };
  }

  private minutes(name: SettingName, lowest: number): ControlView {
    return { kind: 'minutes', value: Number(this.values[name]), lowest, highest: 1440 };
  }

  private choice(name: SettingName, options: Record<string, string>): ControlView {
    const chosen = this.values[name] ?? '';
    return {
      kind: 'choice',
      options: Object.entries(options).map(([value, text]): OptionView => ({
        value,
        text,
        chosen: value === chosen,
      })),
    };
  }

  private several(
    name: SettingName,
    options: string[],
    textOf = (value: string) => value,
  ): ControlView {
    const chosen = (this.values[name] ?? '').split(' ');
    return {
      kind: 'several',
      options: options.map((value) => ({
        value,
        text: textOf(value),
        chosen: chosen.includes(value),
      })),
    };
  }
}
