import type {
  AgendaView,
  Answer,
  DayView,
  HeroView,
  JoinView,
  PersonView,
  RingItemView,
  RingView,
  RowView,
  SnoozeView,
} from './bindings';

type Language = 'en' | 'sv';

const webex: JoinView = { index: 0, provider: 'Webex', host: 'acme.webex.com', known: true };
const teams: JoinView = { index: 0, provider: 'Teams', host: 'teams.microsoft.com', known: true };
const zoom: JoinView = { index: 0, provider: 'Zoom', host: 'example.zoom.us', known: true };
const jitsi: JoinView = { index: 0, provider: 'Jitsi', host: 'meet.jit.si', known: true };
const stranger: JoinView = { index: 1, provider: '', host: 'meet-now.example.net', known: false };

const answers: Record<Answer, [string, string]> = {
  organizer: ['organizer', 'organisatör'],
  yes: ['accepted', 'tackade ja'],
  maybe: ['tentative', 'preliminärt'],
  no: ['declined', 'tackade nej'],
  waiting: ['no answer yet', 'har inte svarat'],
};

function person(name: string, answer: Answer, sv: boolean): PersonView {
  const initials = name
    .split(' ')
    .map((part) => part.charAt(0))
    .join('');
  return { name, initials, answer, answerText: answers[answer][sv ? 1 : 0] };
}

function row(
  id: string,
  start: string,
  end: string,
  title: string,
  more: Partial<RowView>,
): RowView {
  return {
    id,
    start,
    end,
    title,
    subtitle: '',
    bar: 'solid',
    over: false,
    struck: false,
    marks: [],
    tag: '',
    joins: [],
    ...more,
    details: {
      notes: '',
      people: [],
      answers: '',
      hasWebAddress: true,
      joins: more.joins ?? [],
      ...more.details,
    },
  };
}

/** The agenda in one of its states. */
export function agenda(state: string, language: Language): AgendaView {
  const sv = language === 'sv';
  const t = (en: string, swedish: string) => (sv ? swedish : en);

  const review: HeroView = {
    id: 'a/review',
    when: t('In 4 min', 'Om 4 min'),
    stage: 'before',
    times: '10:00 – 10:45',
    title: t('Supplier review: northern region', 'Leverantörsgenomgång: norra regionen'),
    subtitle: t('Ana Berg · 6 people · Webex', 'Ana Berg · 6 personer · Webex'),
    recurring: true,
    joins: [webex],
  };
  const standUp: HeroView = {
    id: 'a/standup',
    when: t('Started 3 min ago', 'Började för 3 min sedan'),
    stage: 'late',
    times: '09:53 – 10:15',
    title: t('Stand-up', 'Morgonmöte'),
    subtitle: t('9 people · Jitsi', '9 personer · Jitsi'),
    recurring: true,
    joins: [jitsi],
  };

  const today: DayView = {
    id: '2026-11-23',
    heading: t('Today', 'I dag'),
    date: t('Monday 23 November', 'måndag 23 november'),
    emptyText: '',
    rows: [
      row('a/office', t('All day', 'Heldag'), '', t('Office week Malmö', 'Kontorsvecka Malmö'), {
        bar: 'hollow',
      }),
      row('a/early', '08:30', '09:00', t('Release notes', 'Utgåvans nyheter'), {
        over: true,
        subtitle: 'Linh Tran',
      }),
      row('a/review', '10:00', '10:45', review.title, {
        subtitle: t('Webex · 6 people', 'Webex · 6 personer'),
        marks: ['recurring'],
        joins: [webex],
      }),
      row('a/budget', '11:00', '11:30', t('Budget follow-up', 'Budgetuppföljning'), {
        bar: 'faint',
        struck: true,
        subtitle: t('Cancelled by Omar Haddad', 'Inställt av Omar Haddad'),
      }),
      row('a/design', '13:00', '14:00', t('Design critique', 'Designgenomgång'), {
        subtitle: t('Teams · Room Öresund 2', 'Teams · Rum Öresund 2'),
        marks: ['recurring'],
        joins: [teams],
        details: {
          notes: t(
            '1. Onboarding flow, second round\n2. What we learned from the field visit\n3. Decisions for the release',
            '1. Introduktionen, andra omgången\n2. Vad vi lärde oss av fältbesöket\n3. Beslut inför utgåvan',
          ),
          people: [
            person('Ana Berg', 'organizer', sv),
            person('Omar Haddad', 'yes', sv),
            person('Linh Tran', 'waiting', sv),
            person('Maria Keller', 'no', sv),
          ],
          answers: t('2 yes · 1 no · 1 waiting', '2 ja · 1 nej · 1 väntar'),
          hasWebAddress: true,
          joins: [teams],
        },
      }),
      row('a/vendor', '13:30', '14:00', t('Vendor call, maybe', 'Leverantörssamtal, kanske'), {
        bar: 'dashed',
        tag: t('Overlaps', 'Krockar'),
        subtitle: t('Tentative · Zoom', 'Preliminärt · Zoom'),
        joins: [zoom],
      }),
      row('a/procurement', '14:00', '15:00', t('Procurement briefing', 'Inköpsgenomgång'), {
        subtitle: t('Teams · 3 people', 'Teams · 3 personer'),
        details: {
          notes: '<b>Join</b> here: <a href="javascript:alert(1)">meeting</a>',
          people: [person('Unknown Sender', 'organizer', sv)],
          answers: '',
          hasWebAddress: false,
          joins: [teams, stranger],
        },
      }),
      row('a/private', '16:00', '16:30', t('Private appointment', 'Privat möte'), {
        marks: ['private'],
      }),
      row('a/home', '17:00', '18:00', t('Work from the train', 'Arbete på tåget'), {
        bar: 'dotted',
      }),
    ],
  };

  const tomorrow: DayView = {
    id: '2026-11-24',
    heading: t('Tomorrow', 'I morgon'),
    date: t('Tuesday 24 November', 'tisdag 24 november'),
    emptyText: '',
    rows: [
      row('a/tomorrow', '09:00', '09:15', t('Stand-up', 'Morgonmöte'), {
        subtitle: t('Jitsi · 9 people', 'Jitsi · 9 personer'),
        marks: ['recurring'],
        details: { notes: '', people: [], answers: '', hasWebAddress: true, joins: [jitsi] },
      }),
      row('a/leave', '13:00', '17:00', t('Dentist', 'Tandläkare'), { bar: 'away' }),
    ],
  };
  const empty: DayView = {
    id: '2026-11-25',
    heading: '',
    date: t('Wednesday 25 November', 'onsdag 25 november'),
    emptyText: t('No meetings', 'Inga möten'),
    rows: [],
  };
  const friday: DayView = {
    id: '2026-11-20',
    heading: '',
    date: t('Friday 20 November', 'fredag 20 november'),
    emptyText: '',
    rows: [
      row('a/past', '09:00', '10:00', t('Quarter plan', 'Kvartalsplan'), {
        over: true,
        subtitle: 'Omar Haddad',
      }),
    ],
  };

  const view: AgendaView = {
    presence: {
      kind: 'in_meeting',
      text: t('In a meeting', 'I ett möte'),
      until: t('until 10:00', 'till 10:00'),
    },
    sync: { state: 'up_to_date', text: t('Up to date', 'Uppdaterad') },
    banner: null,
    heroes: [review],
    days: [today, tomorrow, empty],
    pastDays: [friday],
    loading: false,
    hasAccount: true,
  };

  switch (state) {
    case 'two':
      return { ...view, heroes: [standUp, review] };
    case 'loading':
      return {
        ...view,
        presence: null,
        sync: { state: 'updating', text: t('Updating', 'Uppdaterar') },
        heroes: [],
        days: [],
        pastDays: [],
        loading: true,
      };
    case 'empty':
      return {
        ...view,
        presence: { kind: 'free', text: t('Free', 'Ledig'), until: '' },
        heroes: [],
        days: [{ ...today, rows: [], emptyText: t('No meetings', 'Inga möten') }],
        pastDays: [],
      };
    case 'new':
      return { ...view, presence: null, heroes: [], days: [], pastDays: [], hasAccount: false };
    case 'offline':
      return {
        ...view,
        presence: { kind: 'out_of_office', text: t('Out of office', 'Frånvarande'), until: '' },
        sync: { state: 'offline', text: t('Offline, as of 09:12', 'Offline, från 09:12') },
        banner: {
          text: t(
            'mail.example.org cannot be reached; the list is from 09:12.',
            'mail.example.org går inte att nå; listan är från 09:12.',
          ),
          action: 'retry',
        },
      };
    case 'sign-in':
      return {
        ...view,
        sync: { state: 'needs_sign_in', text: t('Needs sign-in', 'Behöver inloggning') },
        banner: {
          text: t(
            'mail.example.org no longer accepts the password; sign in again.',
            'mail.example.org godtar inte längre lösenordet; logga in igen.',
          ),
          action: 'sign_in',
        },
      };
    case 'long':
      return {
        ...view,
        days: Array.from({ length: 50 }, (_, day) => ({
          ...today,
          id: `day-${String(day)}`,
          heading: '',
          rows: Array.from({ length: 20 }, (_, at) =>
            row(
              `l/${String(day)}-${String(at)}`,
              '10:00',
              '10:30',
              `Meeting ${String(day)}.${String(at)}`,
              {
                subtitle: 'Teams',
              },
            ),
          ),
        })),
      };
    case 'changed':
      return {
        ...view,
        days: [
          {
            ...today,
            rows: [
              ...today.rows,
              row('a/new', '18:30', '19:00', t('Call from Kiruna', 'Samtal från Kiruna'), {}),
            ],
          },
          tomorrow,
        ],
      };
    default:
      return view;
  }
}

/** The ring in one of its states. */
export function ring(state: string, language: Language): RingView {
  const sv = language === 'sv';
  const t = (en: string, swedish: string) => (sv ? swedish : en);
  const snoozes: SnoozeView[] = [
    { choice: 'minute_before', text: t('1 min before', '1 min före') },
    { choice: 'at_start', text: t('At start', 'Vid start') },
    { choice: 'five_minutes', text: t('In 5 min', 'Om 5 min') },
    { choice: 'ten_minutes', text: t('In 10 min', 'Om 10 min') },
  ];
  const before: RingItemView = {
    id: 'r/review',
    meeting: 'a/review',
    when: t('In 5 min', 'Om 5 min'),
    stage: 'before',
    progress: 78,
    title: t('Supplier review: northern region', 'Leverantörsgenomgång: norra regionen'),
    subtitle: t(
      '10:00 – 10:45 · Ana Berg · Room Öresund 2',
      '10:00 – 10:45 · Ana Berg · Rum Öresund 2',
    ),
    joins: [webex],
    snoozes,
  };
  const late: RingItemView = {
    ...before,
    when: t('Started 3 min ago', 'Började för 3 min sedan'),
    stage: 'late',
    progress: 100,
    snoozes: snoozes.slice(2),
  };
  const standUp: RingItemView = {
    ...before,
    id: 'r/standup',
    meeting: 'a/standup',
    when: t('Now', 'Nu'),
    stage: 'now',
    title: t('Stand-up', 'Morgonmöte'),
    subtitle: '10:00 – 10:15',
    joins: [jitsi],
    snoozes: snoozes.slice(2),
  };
  const doubt: RingItemView = {
    ...before,
    id: 'r/procurement',
    meeting: 'a/procurement',
    title: t('Procurement briefing', 'Inköpsgenomgång'),
    subtitle: '14:00 – 15:00 · Unknown Sender',
    joins: [teams, stranger],
  };
  switch (state) {
    case 'late':
      return { rings: [late] };
    case 'several':
      return { rings: [late, standUp] };
    case 'doubt':
      return { rings: [doubt] };
    default:
      return { rings: [before] };
  }
}
