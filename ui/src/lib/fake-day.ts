import type { AgendaView, DayView, HeroView } from './bindings';
import type { Choice } from './fake-choices';
import { jitsi, person, row, stranger, teams, webex, zoom, type Language } from './fake-parts';
import { say } from './words';

/** The same agenda after a call has been put into its first day, as the server would tell it. */
export function withCall(view: AgendaView, language: Language): AgendaView {
  const title = language === 'sv' ? 'Samtal från Kiruna' : 'Call from Kiruna';
  const [first, ...others] = view.days;
  if (!first) return view;
  const rows = [...first.rows, row('a/new', '18:30', '19:00', title, {})];
  return { ...view, days: [{ ...first, rows }, ...others] };
}

/** The agenda in one of its states. */
export function agenda(state: Choice<'agenda', 'state'>, language: Language): AgendaView {
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
    heading: t('Today', 'Idag'),
    date: t('Monday 23 November', 'Måndag 23 november'),
    emptyText: '',
    rows: [
      row('a/office', t('All day', 'Heldag'), '', t('Office week Malmö', 'Kontorsvecka Malmö'), {
        bar: 'hollow',
        part: { kind: 'owner', changeable: false },
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
        marks: ['recurring', 'attachment'],
        joins: [teams],
        details: {
          notes: t(
            '1. Onboarding flow, second round\n2. What we learned from the field visit\n3. Decisions for the release',
            '1. Introduktionen, andra omgången\n2. Vad vi lärde oss av fältbesöket\n3. Beslut inför utgåvan',
          ),
          people: [
            person('Ana Berg', 'organizer', sv),
            {
              ...person('Omar Haddad', 'yes', sv),
              presence: t('Out of office then', 'Frånvarande då'),
            },
            person('Linh Tran', 'waiting', sv),
            person('Maria Keller', 'no', sv),
          ],
          answers: t('1 yes · 1 no · 1 waiting', '1 ja · 1 nej · 1 väntar'),
        },
        place: t('Room Öresund 2', 'Rum Öresund 2'),
        part: { kind: 'invited', answer: 'yes' },
      }),
      row('a/vendor', '13:30', '14:00', t('Vendor call, maybe', 'Leverantörssamtal, kanske'), {
        bar: 'dashed',
        tag: t('Overlaps', 'Krockar'),
        subtitle: t('Tentative · Zoom', 'Preliminärt · Zoom'),
        joins: [zoom],
        part: { kind: 'invited', answer: 'maybe' },
      }),
      row('a/procurement', '14:00', '15:00', t('Procurement briefing', 'Inköpsgenomgång'), {
        subtitle: t('Not answered · Teams · 3 people', 'Obesvarat · Teams · 3 personer'),
        joins: [teams, stranger],
        part: { kind: 'invited', answer: 'waiting' },
        details: {
          notes: '<b>Join</b> here: <a href="javascript:alert(1)">meeting</a>',
          people: [person('Unknown Sender', 'organizer', sv)],
          webHost: null,
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
    heading: t('Tomorrow', 'Imorgon'),
    date: t('Tuesday 24 November', 'Tisdag 24 november'),
    emptyText: '',
    rows: [
      row('a/tomorrow', '09:00', '09:15', t('Stand-up', 'Morgonmöte'), {
        subtitle: t('Jitsi · 9 people', 'Jitsi · 9 personer'),
        marks: ['recurring'],
        joins: [jitsi],
        canJoin: false,
        part: { kind: 'organizer', changeable: true },
        details: {
          people: [person('Omar Haddad', 'yes', sv), person('Linh Tran', 'waiting', sv)],
          answers: t('1 yes · 1 waiting', '1 ja · 1 väntar'),
        },
      }),
      row('a/leave', '13:00', '17:00', t('Dentist', 'Tandläkare'), {
        bar: 'away',
        part: { kind: 'owner', changeable: true },
      }),
      row('a/stretch', '17:15', '17:30', t('Stretching', 'Stretchpaus'), {
        marks: ['recurring'],
        part: { kind: 'owner', changeable: true },
      }),
    ],
  };
  const empty: DayView = {
    id: '2026-11-25',
    heading: '',
    date: t('Wednesday 25 November', 'Onsdag 25 november'),
    emptyText: t('No meetings', 'Inga möten'),
    rows: [],
  };
  const friday: DayView = {
    id: '2026-11-20',
    heading: '',
    date: t('Friday 20 November', 'Fredag 20 november'),
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
      text: say('presence-in-meeting'),
      until: say('presence-until', { time: '10:00' }),
    },
    sync: { state: 'up_to_date', text: say('sync-up-to-date') },
    banner: null,
    heroes: [review],
    days: [today, tomorrow, empty],
    pastDays: [friday],
    zone: '',
    loading: false,
    hasAccount: true,
  };

  switch (state) {
    case 'away':
      return {
        ...view,
        zone: t('Times in Tokyo (UTC+9)', 'Tider i Tokyo (UTC+9)'),
        heroes: [
          {
            ...review,
            times: t('18:00 – 18:45 · 10:00 in Berlin', '18:00–18:45 · 10:00 i Berlin'),
          },
        ],
        days: view.days.map((day) => ({
          ...day,
          rows: day.rows.map((one) =>
            one.id === 'a/design'
              ? {
                  ...one,
                  start: '21:00',
                  end: '22:00',
                  subtitle: t(
                    '13:00 in Berlin · Teams · Room Öresund 2',
                    '13:00 i Berlin · Teams · Rum Öresund 2',
                  ),
                }
              : one,
          ),
        })),
      };
    case 'two':
      return { ...view, heroes: [standUp, review] };
    case 'loading':
      return {
        ...view,
        presence: null,
        sync: { state: 'updating', text: say('sync-updating') },
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
    case 'declined':
      return {
        ...view,
        presence: {
          kind: 'out_of_office',
          text: t('Out of office', 'Frånvarande'),
          until: t('until Wednesday', 'till onsdag'),
        },
        days: [
          {
            ...today,
            rows: [
              ...today.rows.slice(0, 2),
              row('a/declined', '09:15', '09:45', t('Sales pitch', 'Säljmöte'), {
                bar: 'faint',
                struck: true,
                subtitle: t('Declined', 'Avböjt'),
                part: { kind: 'invited', answer: 'no' },
              }),
              ...today.rows.slice(2),
            ],
          },
          tomorrow,
        ],
      };
    case 'failed':
      return {
        ...view,
        sync: {
          state: 'failed',
          text: say('sync-failed-as-of', { time: '09:12' }),
        },
        banner: {
          text: t(
            'The certificate of mail.example.org is not trusted on this computer; if your organisation has its own certificate authority, name its PEM file.',
            'Certifikatet för mail.example.org är inte betrott på den här datorn; ange PEM-filen om din organisation har en egen certifikatutfärdare.',
          ),
          action: 'sign_in',
          account: 'b',
        },
      };
    case 'offline':
      return {
        ...view,
        presence: { kind: 'out_of_office', text: t('Out of office', 'Frånvarande'), until: '' },
        sync: { state: 'offline', text: say('sync-offline-as-of', { time: '09:12' }) },
        banner: {
          text: t(
            'mail.example.org cannot be reached; the list is from 09:12.',
            'mail.example.org går inte att nå; listan är från 09:12.',
          ),
          action: 'retry',
          account: 'a',
        },
      };
    case 'sign-in':
      return {
        ...view,
        sync: { state: 'needs_sign_in', text: say('sync-needs-sign-in') },
        banner: {
          text: t(
            'mail.example.org no longer accepts the password; sign in again.',
            'mail.example.org godtar inte längre lösenordet; logga in igen.',
          ),
          action: 'sign_in',
          account: 'b',
        },
      };
    case 'no-keyring':
    case 'passphrase':
      return {
        ...view,
        sync: { state: 'failed', text: say('sync-failed') },
        banner:
          state === 'passphrase'
            ? { text: say('problem-keyring-passphrase'), action: 'passphrase', account: null }
            : { text: say('problem-keyring-absent'), action: 'protect', account: null },
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
      return withCall(view, language);
    case 'day':
      return view;
  }
}
