import type { Answer, DetailsView, JoinView, PersonView, RowView } from './bindings';

export type Language = 'en' | 'sv';

export const webex: JoinView = { index: 0, provider: 'Webex', host: 'acme.webex.com', known: true };
export const teams: JoinView = {
  index: 0,
  provider: 'Teams',
  host: 'teams.microsoft.com',
  known: true,
};
export const zoom: JoinView = { index: 0, provider: 'Zoom', host: 'example.zoom.us', known: true };
export const jitsi: JoinView = { index: 0, provider: 'Jitsi', host: 'meet.jit.si', known: true };
export const stranger: JoinView = {
  index: 1,
  provider: '',
  host: 'meet-now.example.net',
  known: false,
};

const answers: Record<Answer, [string, string]> = {
  organizer: ['organizer', 'organisatör'],
  yes: ['accepted', 'tackade ja'],
  maybe: ['tentative', 'preliminärt'],
  no: ['declined', 'tackade nej'],
  waiting: ['no answer yet', 'har inte svarat'],
};

export function person(name: string, answer: Answer, sv: boolean): PersonView {
  const initials = name
    .split(' ')
    .map((part) => part.charAt(0))
    .join('');
  return { name, initials, answer, answerText: answers[answer][sv ? 1 : 0] };
}

/** What the opened rows show, by meeting. */
export const detailsOf = new Map<string, DetailsView>();

/** One meeting of the list, an ordinary one but for `more`. */
export function row(
  id: string,
  start: string,
  end: string,
  title: string,
  more: Partial<RowView> & { details?: Partial<DetailsView> },
): RowView {
  const { details, ...row } = more;
  const told: DetailsView = {
    notes: '',
    people: [],
    answers: '',
    webHost: 'mail.example.org',
    ...details,
  };
  detailsOf.set(id, told);
  return {
    id,
    start,
    end,
    title,
    subtitle: '',
    place: '',
    people: told.people.map((one) => one.name).join('\n'),
    bar: 'solid',
    over: false,
    struck: false,
    marks: [],
    tag: '',
    joins: [],
    canJoin: (row.joins ?? []).length > 0,
    part: { kind: 'onlooker' },
    ...row,
  };
}
