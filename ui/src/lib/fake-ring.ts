import type { RingItemView, RingView, SnoozeView } from './bindings';
import type { Choice } from './fake-choices';
import { jitsi, stranger, teams, webex, zoom, type Language } from './fake-parts';

/** The ring in one of its states. */
export function ring(state: Choice<'ring', 'ring'>, language: Language): RingView {
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
    times: '10:00 – 10:45',
    stage: 'before',
    progress: 78,
    title: t('Supplier review: northern region', 'Leverantörsgenomgång: norra regionen'),
    subtitle: t('Ana Berg and 5 others · Room Öresund 2', 'Ana Berg och 5 till · Rum Öresund 2'),
    joins: [webex],
    snoozes,
    canRunLate: false,
  };
  const late: RingItemView = {
    ...before,
    when: t('Started 3 min ago', 'Började för 3 min sedan'),
    stage: 'late',
    progress: 100,
    snoozes: snoozes.slice(2),
    canRunLate: true,
  };
  const standUp: RingItemView = {
    ...before,
    id: 'r/standup',
    meeting: 'a/standup',
    when: t('Now', 'Nu'),
    stage: 'now',
    title: t('Stand-up', 'Morgonmöte'),
    times: '10:00 – 10:15',
    subtitle: '',
    joins: [jitsi],
    snoozes: snoozes.slice(2),
  };
  const doubt: RingItemView = {
    ...before,
    id: 'r/procurement',
    meeting: 'a/procurement',
    title: t('Procurement briefing', 'Inköpsgenomgång'),
    times: '14:00 – 15:00',
    subtitle: 'Unknown Sender',
    joins: [teams, stranger],
  };
  const lone: RingItemView = { ...doubt, id: 'r/lone', joins: [{ ...stranger, index: 0 }] };
  const noLink: RingItemView = { ...before, id: 'r/room', meeting: 'a/room', joins: [] };
  const long: RingItemView = {
    ...before,
    id: 'r/long',
    meeting: 'a/long',
    title: t(
      'Quarterly planning with everybody who works on the northern region and its suppliers',
      'Kvartalsplanering med alla som arbetar med norra regionen och dess leverantörer',
    ),
    joins: [{ ...zoom, host: 'a-very-long-name-of-a-tenant.conferencing.example.zoom.us' }],
  };
  const many = [late, standUp, doubt, long, lone, noLink];
  const rings = (...items: RingItemView[]): RingView => ({ rings: items, fullScreen: false });
  switch (state) {
    case 'late':
      return rings(late);
    case 'several':
      return rings(late, standUp);
    case 'many':
      return rings(...many);
    case 'whole-screen-many':
      return { ...rings(...many), fullScreen: true };
    case 'doubt':
      return rings(doubt);
    case 'unknown':
      return rings(lone);
    case 'no-link':
      return rings(noLink);
    case 'now':
      return rings(standUp);
    case 'whole-screen':
      return { ...rings(before), fullScreen: true };
    case 'before':
      return rings(before);
  }
}
