import type {
  CandidateView,
  InviteeView,
  LineView,
  OutcomeKind,
  Part,
  ScheduleChange,
  ScheduleView,
  SpanKind,
} from './bindings';
import type { Choice } from './fake-choices';
import { type Both, directory, kinds, type Known, type Language, you } from './fake-people';
import { say } from './words';

/** Hours of the grid. */
const FIRST = 8;
const QUARTERS = 40;

/** What is worse comes later. */
const SEVERITY: SpanKind[] = [
  'free',
  'outside_hours',
  'unknown',
  'elsewhere',
  'tentative',
  'busy',
  'out_of_office',
];

const SHORT_DAYS: Both[] = [
  ['Tue 24 Nov', 'tis 24 nov'],
  ['Wed 25 Nov', 'ons 25 nov'],
  ['Thu 26 Nov', 'tors 26 nov'],
  ['Fri 27 Nov', 'fre 27 nov'],
];
const DAYS: Both[] = [
  ['Tuesday 24 November', 'Tisdag 24 november'],
  ['Wednesday 25 November', 'Onsdag 25 november'],
  ['Thursday 26 November', 'Torsdag 26 november'],
  ['Friday 27 November', 'Fredag 27 november'],
];

/** Times the made-up server would propose: day, quarter, why. */
const PROPOSED: { day: number; from: number; why: Both }[] = [
  { day: 0, from: 10, why: ['All 4 free · Öresund 2 free', 'Alla 4 lediga · Öresund 2 ledigt'] },
  { day: 1, from: 4, why: ['Linh tentative · room free', 'Linh preliminärt · rum ledigt'] },
  { day: 0, from: 29, why: ['All free · outside Linh’s hours', 'Utanför Linhs arbetstid'] },
];

interface Invitee {
  address: string;
  part: Part;
  /** Whether the user insisted on somebody whom the directory does not have. */
  outside?: boolean;
}

interface Draft {
  title: string;
  message: string;
  invitees: Invitee[];
  length: number;
  first: string;
  last: string;
  way: string;
  link: string;
  /** Chosen time. */
  time: { day: number; from: number } | null;
  /** Day that is looked at. */
  day: number;
  outcome: OutcomeKind | null;
  account: string;
}

const empty: Draft = {
  title: '',
  message: '',
  invitees: [],
  length: 30,
  first: '2026-11-24',
  last: '2026-11-27',
  way: '@webex',
  link: '',
  time: null,
  day: 0,
  outcome: null,
  account: 'a',
};

function filled(language: Language): Draft {
  const sv = language === 'sv';
  return {
    ...empty,
    title: sv ? 'Fältbesök: slutsatser' : 'Field visit: findings',
    message: sv
      ? 'Tre saker från Kiruna som ändrar planen…'
      : 'Three things from Kiruna that change the plan…',
    invitees: [
      { address: 'ana@example.org', part: 'required' },
      { address: 'omar@example.org', part: 'required' },
      { address: 'linh@example.org', part: 'required' },
      { address: 'maria@example.org', part: 'optional' },
      { address: 'oresund2@example.org', part: 'room' },
    ],
    length: 45,
    time: { day: 0, from: 10 },
  };
}

/** What the draft becomes by a change. */
function reduce(draft: Draft, change: ScheduleChange): Draft {
  const { time } = draft;
  switch (change.kind) {
    case 'account':
      return { ...draft, account: change.account };
    case 'title':
      return { ...draft, title: change.text };
    case 'message':
      return { ...draft, message: change.text };
    case 'own_link':
      return { ...draft, link: change.text };
    case 'invite': {
      const who = change.who.replace(/^<(.*)>$/, '$1');
      const address = found(who)?.address ?? who;
      const others = draft.invitees.filter((one) => one.address !== address);
      const outside = who !== change.who;
      return { ...draft, invitees: [...others, { address, part: change.part, outside }] };
    }
    case 'uninvite':
      return {
        ...draft,
        invitees: draft.invitees.filter((one) => one.address !== change.address),
      };
    case 'length':
      return { ...draft, length: change.minutes };
    case 'between':
      return { ...draft, first: change.first, last: change.last };
    case 'meet_by':
      return { ...draft, way: change.way };
    case 'pick': {
      const picked = PROPOSED[change.index];
      return picked ? { ...draft, time: picked, day: picked.day } : draft;
    }
    case 'move':
      return time ? put(draft, time.day, time.from + change.quarters) : draft;
    case 'place':
      return put(draft, draft.day, change.quarter);
    case 'day':
      return { ...draft, day: Math.min(Math.max(draft.day + change.step, 0), 3) };
    case 'discard':
    case 'another':
      return empty;
  }
}

function put(draft: Draft, day: number, from: number): Draft {
  const latest = QUARTERS - draft.length / 15;
  return { ...draft, time: { day, from: Math.min(Math.max(from, 0), latest) } };
}

function found(who: string): Known | undefined {
  const wanted = who.trim().toLowerCase();
  return directory.find((one) => one.address === wanted || one.name[0].toLowerCase() === wanted);
}

/** A session that knows four days of a few people's time. */
export class FakeSchedule {
  #draft: Draft;
  #turn = 0;
  /** As it was when the window opened. */
  readonly #first: Draft;
  #show: (view: ScheduleView) => void = () => undefined;
  readonly #say: (text: Both) => string;

  /** `state` chooses what is there at first, `ending` what comes of sending. */
  constructor(
    readonly language: Language,
    readonly state: Choice<'schedule', 'state'>,
    readonly ending: Choice<'schedule', 'send'>,
  ) {
    this.#say = (text) => text[language === 'sv' ? 1 : 0];
    this.#draft = state === 'empty' ? empty : filled(language);
    if (state === 'unknown') {
      const { invitees } = this.#draft;
      const stranger: Invitee = { address: 'joe@acme.s', part: 'required' };
      this.#draft = { ...this.#draft, invitees: [...invitees, stranger] };
    }
    if (state === 'none') this.#draft = { ...this.#draft, time: null };
    if (state === 'edit') this.#draft = { ...this.#draft, way: 'kept' };
    this.#first = this.#draft;
  }

  watch(show: (view: ScheduleView) => void): () => void {
    this.#show = show;
    // As if the agenda had asked for another meeting.
    window.addEventListener('fake-draft', () => this.#turnTo(filled(this.language)));
    if (this.state !== 'loading') show(this.view());
    return () => (this.#show = () => undefined);
  }

  #turnTo(draft: Draft): void {
    this.#draft = draft;
    this.#turn += 1;
    this.#show(this.view());
  }

  change(change: ScheduleChange): void {
    if (change.kind === 'discard' || change.kind === 'another') this.#turn += 1;
    this.#draft = reduce(this.#draft, change);
    this.#show(this.view());
  }

  send(): void {
    const end = (outcome: OutcomeKind) => {
      this.#draft = { ...this.#draft, outcome };
      this.#show(this.view());
    };
    end('sending');
    const { ending } = this;
    // With `?send=sending` it never ends.
    if (ending !== 'sending' && ending !== 'problem') setTimeout(() => end(ending), 150);
  }

  complete(text: string, part: Part): CandidateView[] {
    const wanted = text.trim().toLowerCase();
    return directory
      .filter((one) => one.room === (part === 'room'))
      .filter((one) => `${one.name[0]} ${one.address}`.toLowerCase().includes(wanted))
      .map((one) => ({
        address: one.address,
        name: this.#say(one.name),
        note: this.#say(one.note),
      }));
  }

  view(): ScheduleView {
    const draft = this.#draft;
    const t = (en: string, sv: string) => this.#say([en, sv]);
    const asking = this.state === 'asking';
    const known = draft.invitees.filter((one) => found(one.address));
    const proposed = known.length > 0 && this.state !== 'none' && !asking ? PROPOSED : [];
    const slot = draft.time && draft.time.day === draft.day ? draft.time : null;
    return {
      draft: this.#turn,
      edits: this.#edits,
      heading: say(this.#edits ? 'schedule-heading-edit' : 'schedule-heading'),
      saved:
        draft === empty || draft.outcome === 'sent' || this.#untouched ? '' : say('draft-saved'),
      accounts:
        this.state === 'accounts'
          ? [
              { value: 'a', text: 'anna@example.org', chosen: draft.account === 'a' },
              { value: 'b', text: 'anna.berg@example.net', chosen: draft.account === 'b' },
            ]
          : [],
      title: draft.title,
      message: draft.message,
      invitees: draft.invitees.map((one) => this.#invitee(one)),
      lengths: [15, 30, 45, 60, 90, 120],
      length: draft.length,
      firstDay: draft.first,
      lastDay: draft.last,
      between: this.#between(draft),
      rooms: directory
        .filter((one) => one.room)
        .map((one) => ({ address: one.address, name: this.#say(one.name) })),
      meetBy: [
        ...(this.#edits
          ? [{ way: 'kept', text: say('meet-kept'), chosen: draft.way === 'kept' }]
          : []),
        { way: '@webex', text: '@webex', chosen: draft.way === '@webex' },
        { way: '@meet', text: '@meet', chosen: draft.way === '@meet' },
        { way: 'own', text: t('Own link', 'Egen länk'), chosen: draft.way === 'own' },
        { way: 'none', text: t('None', 'Ingen'), chosen: draft.way === 'none' },
      ],
      ownLink: draft.link,
      meetNote: this.#meetNote(draft),
      zone: t('Times in Stockholm (UTC+1)', 'Tider i Stockholm (UTC+1)'),
      suggested: this.#suggested(proposed.length, known.length, asking),
      suggestions: proposed.map((one) => ({
        when: `${this.#say(SHORT_DAYS[one.day] ?? ['', ''])} ${clock(one.from)}`,
        reasons: this.#say(one.why),
        chosen: one.day === draft.time?.day && one.from === draft.time.from,
      })),
      asking,
      grid: {
        day: this.#say(DAYS[draft.day] ?? ['', '']),
        earlier: draft.day > 0,
        later: draft.day < 3,
        quarters: QUARTERS,
        hours: Array.from({ length: 10 }, (_, hour) => ({
          at: hour * 4,
          text: String(FIRST + hour).padStart(2, '0'),
        })),
        lines: [you, ...known.map((one) => found(one.address) ?? you)].map((one) =>
          this.#line(one, asking),
        ),
        slot: slot && {
          from: slot.from,
          to: slot.from + draft.length / 15,
          text: this.#when(slot.day, slot.from),
        },
      },
      when: draft.time ? this.#when(draft.time.day, draft.time.from) : '',
      elsewhere:
        draft.time && known.some((one) => one.address === 'linh@example.org')
          ? t(`${clock(draft.time.from + 24)} in Hanoi`, `${clock(draft.time.from + 24)} i Hanoi`)
          : '',
      send: this.#send(draft),
      outcome: draft.outcome && { kind: draft.outcome, text: this.#outcome(draft.outcome) },
    };
  }

  get #edits(): boolean {
    return this.state === 'edit';
  }

  /** Whether a meeting that is changed is still as it was. */
  get #untouched(): boolean {
    return this.#edits && this.#draft === this.#first;
  }

  #invitee({ address, part, outside = false }: Invitee): InviteeView {
    const known = found(address);
    if (known) {
      const note = known.room ? this.#say(known.note) : '';
      return { address, name: this.#say(known.name), part, invited: true, note };
    }
    const note: Both = outside
      ? [
          'Not in the directory; when they have time is not known.',
          'Finns inte i katalogen; när de har tid är okänt.',
        ]
      : [
          'No one with this address was found. It will not be invited.',
          'Ingen med den adressen hittades. Den bjuds inte in.',
        ];
    return { address, name: address, part, invited: outside, note: this.#say(note) };
  }

  #line(one: Known, asking: boolean): LineView {
    const name = this.#say(one.name);
    const { day, time, length } = this.#draft;
    const spans = asking
      ? [{ from: 0, to: QUARTERS, kind: 'unknown' as const, text: ['', ''] as const }]
      : (one.days[day] ?? []);
    const chosen = time && { from: time.from, to: time.from + length / 15 };
    const there = time ? (asking ? spans : (one.days[time.day] ?? [])) : [];
    const atSlot = there
      .filter((span) => chosen && span.from < chosen.to && chosen.from < span.to)
      .map((span) => span.kind)
      .reduce<SpanKind>(
        (worst, kind) => (SEVERITY.indexOf(kind) > SEVERITY.indexOf(worst) ? kind : worst),
        time ? 'free' : 'unknown',
      );
    return {
      address: one.address,
      name,
      room: one.room,
      zone: this.#say(one.zone),
      atSlot,
      atSlotText: `${name}: ${this.#say(kinds[atSlot])}`,
      spans: spans.map((span) => ({
        from: span.from,
        to: span.to,
        kind: span.kind,
        text: this.#say(span.text),
        spoken: `${name}, ${clock(span.from)} ${this.#say(['to', 'till'])} ${clock(span.to)}, ${this.#say(kinds[span.kind])}`,
      })),
    };
  }

  #when(day: number, from: number): string {
    const times = `${clock(from)} – ${clock(from + this.#draft.length / 15)}`;
    return `${this.#say(SHORT_DAYS[day] ?? ['', ''])}, ${times}`;
  }

  #between({ first, last }: Draft): string {
    const day = (date: string) => String(Number(date.slice(8)));
    return `${day(first)} – ${day(last)} ${this.#say(['Nov', 'nov'])}`;
  }

  #meetNote({ way, link }: Draft): string {
    const notes: Record<string, Both> = {
      '@webex': [
        'Your personal room acme.webex.com/meet/you',
        'Ditt personliga rum acme.webex.com/meet/you',
      ],
      '@meet': [
        'The service puts its link into the invitation',
        'Tjänsten lägger sin länk i inbjudan',
      ],
      own: link.startsWith('https://')
        ? ['Everybody joins by this link', 'Alla deltar genom den här länken']
        : [
            'The link must begin with https:// to be sent.',
            'Länken måste börja med https:// för att skickas.',
          ],
      none: ['No link is sent along', 'Ingen länk skickas med'],
    };
    return this.#say(notes[way] ?? ['', '']);
  }

  #suggested(proposed: number, known: number, asking: boolean): string {
    if (proposed > 0) return this.#say(['3 of 14, best first', '3 av 14, bäst först']);
    if (asking) return '';
    return known > 0
      ? this.#say([
          'No time suits those who must be there between 24 and 27 Nov; look at more days or ask fewer people.',
          'Ingen tid mellan 24 och 27 nov passar alla som måste delta; sök bland fler dagar eller fråga färre.',
        ])
      : this.#say([
          'Name who should come to see when they are free.',
          'Ange vilka som ska komma för att se när de är lediga.',
        ]);
  }

  #send(draft: Draft): ScheduleView['send'] {
    const people = draft.invitees
      .map((one) => this.#invitee(one))
      .filter((one) => one.invited && one.part !== 'room').length;
    const missing = this.#untouched
      ? say('missing-change')
      : !draft.time
        ? say('missing-time')
        : draft.way === 'own' && !draft.link.startsWith('https://')
          ? say('missing-link')
          : '';
    const over = draft.outcome === 'sending' || draft.outcome === 'sent';
    const key = this.#edits ? 'send-change-to' : 'send-to';
    return {
      text: people === 0 ? say(`${key}-nobody`) : say(key, { count: people }),
      ready: missing === '' && !over && draft.outcome !== 'unsure',
      missing,
    };
  }

  #outcome(kind: OutcomeKind): string {
    const sent = this.#edits ? 'outcome-changed' : 'outcome-sent';
    const texts: Record<OutcomeKind, string> = {
      sending: say('outcome-sending'),
      sent: say(sent, { time: '10:31' }),
      unsure: say('outcome-unsure', { time: '10:32' }),
      refused: say('refused-full'),
    };
    return texts[kind];
  }
}

function clock(quarter: number): string {
  const minutes = FIRST * 60 + quarter * 15;
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(Math.floor(minutes / 60) % 24)}:${two(minutes % 60)}`;
}
