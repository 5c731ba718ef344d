import type { AgendaView, JoinView, OpenedView } from './bindings';
import { detailsOf, row } from './fake-parts';

/** The meeting whose every word is the text that was asked for. */
const MEETING = 'a/texts';

/** The agenda with one card and one row that say `text` wherever a server's words stand. */
export function withText(view: AgendaView, text: string): AgendaView {
  const links: JoinView[] = [true, false].map((known, index) => ({
    index,
    provider: text,
    host: text,
    known,
  }));
  const one = row(MEETING, '10:00', '10:45', text, {
    subtitle: text,
    // What the row says already is not said again.
    place: `${text} ${text}`,
    tag: text,
    joins: links,
    part: { kind: 'invited', answer: 'waiting' },
    details: {
      notes: text,
      people: [{ name: text, initials: text, answer: 'waiting', answerText: text, presence: text }],
      answers: text,
      webHost: text,
    },
  });
  const [first, ...others] = view.days;
  const [hero] = view.heroes;
  if (!first || !hero) return view;
  return {
    ...view,
    zone: text,
    banner: { text, action: null, account: null },
    heroes: [{ ...hero, title: text, subtitle: text, joins: links.slice(0, 1) }],
    days: [{ ...first, heading: text, date: text, rows: [one] }, ...others],
  };
}

/** What is told of that meeting when it is the one that is open. */
export function openedAnew(opened: OpenedView): OpenedView {
  return opened.meeting === MEETING
    ? { ...opened, details: detailsOf.get(MEETING) ?? null }
    : opened;
}
