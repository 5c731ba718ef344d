import type { SpanKind } from './bindings';

/** A language in which the made-up session can speak. */
export type Language = 'en' | 'sv';

/** A text in both languages. */
export type Both = readonly [en: string, sv: string];

/** A stretch of a made-up day, in quarters from eight o'clock. */
export interface Stretch {
  from: number;
  to: number;
  kind: SpanKind;
  text: Both;
}

/** Somebody, or a room, of the made-up organization. */
export interface Known {
  address: string;
  name: Both;
  note: Both;
  zone: Both;
  room: boolean;
  /** One list for each day that is looked at. */
  days: Stretch[][];
}

const nothing: Both = ['', ''];

export const kinds: Record<SpanKind, Both> = {
  free: ['free', 'ledig'],
  busy: ['busy', 'upptagen'],
  tentative: ['tentative', 'preliminärt'],
  out_of_office: ['out of office', 'frånvarande'],
  elsewhere: ['working elsewhere', 'på annan plats'],
  unknown: ['not known', 'okänt'],
  outside_hours: ['outside working hours', 'utanför arbetstid'],
};

const busy = (from: number, to: number, text: Both = ['Busy', 'Upptagen']): Stretch => ({
  from,
  to,
  kind: 'busy',
  text,
});
const booked = (from: number, to: number) => busy(from, to, ['Booked', 'Bokat']);
const other = (kind: SpanKind, from: number, to: number, text: Both = ['', '']): Stretch => ({
  from,
  to,
  kind,
  text,
});
const evening = other('outside_hours', 36, 40);

export const you: Known = {
  address: '',
  name: ['You', 'Du'],
  note: nothing,
  zone: nothing,
  room: false,
  days: [
    [
      busy(4, 8, ['Stand-up', 'Morgonmöte']),
      other('tentative', 22, 26, ['Vendor call', 'Leverantör']),
      evening,
    ],
    [busy(8, 10), evening],
    [evening],
    [busy(0, 4), busy(28, 32), evening],
  ],
};

/** Everybody the made-up server knows. */
export const directory: Known[] = [
  {
    address: 'ana@example.org',
    name: ['Ana Berg', 'Ana Berg'],
    note: ['met 14 times', 'träffats 14 gånger'],
    zone: nothing,
    room: false,
    days: [[busy(0, 6), busy(18, 24), evening], [evening], [busy(12, 20), evening], [evening]],
  },
  {
    address: 'omar@example.org',
    name: ['Omar Haddad', 'Omar Haddad'],
    note: ['met 6 times', 'träffats 6 gånger'],
    zone: nothing,
    room: false,
    days: [
      [
        other('elsewhere', 0, 8, ['Elsewhere', 'Annan plats']),
        other('out_of_office', 28, 40, ['Out of office', 'Frånvarande']),
      ],
      [evening],
      [other('out_of_office', 0, 40, ['Out of office', 'Frånvarande'])],
      [evening],
    ],
  },
  {
    address: 'linh@example.org',
    name: ['Linh Tran', 'Linh Tran'],
    note: ['met 2 times', 'träffats 2 gånger'],
    zone: ['Hanoi, UTC+7', 'Hanoi, UTC+7'],
    room: false,
    days: [
      [busy(2, 6), other('outside_hours', 24, 40)],
      [other('tentative', 4, 8, ['Tentative', 'Preliminärt']), other('outside_hours', 24, 40)],
      [other('outside_hours', 24, 40)],
      [busy(0, 12), other('outside_hours', 24, 40)],
    ],
  },
  {
    address: 'maria@example.org',
    name: ['Maria Keller', 'Maria Keller'],
    note: nothing,
    zone: nothing,
    room: false,
    days: [0, 1, 2, 3].map(() => [other('unknown', 0, 40)]),
  },
  {
    address: 'oresund2@example.org',
    name: ['Öresund 2', 'Öresund 2'],
    note: ['8 seats', '8 platser'],
    zone: nothing,
    room: true,
    days: [[booked(0, 8), booked(20, 26)], [], [booked(0, 16)], []],
  },
  {
    address: 'oresund1@example.org',
    name: ['Öresund 1', 'Öresund 1'],
    note: ['4 seats', '4 platser'],
    zone: nothing,
    room: true,
    days: [[booked(10, 40)], [], [], []],
  },
];
