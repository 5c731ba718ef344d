/** What a key of the agenda window asks for. */
export type Wish =
  | 'accept'
  | 'close'
  | 'copy'
  | 'decline'
  | 'down'
  | 'join'
  | 'keys'
  | 'schedule'
  | 'search'
  | 'settings'
  | 'tentative'
  | 'titles'
  | 'today'
  | 'up';

/** Every key, with the word that explains it in the list of keys. */
export const KEYS: readonly { keys: readonly string[]; word: string; wish: Wish | null }[] = [
  { keys: ['↓', '↑'], word: 'key-move', wish: null },
  { keys: ['Enter'], word: 'key-details', wish: null },
  { keys: ['J'], word: 'key-join', wish: 'join' },
  { keys: ['C'], word: 'key-copy', wish: 'copy' },
  { keys: ['A'], word: 'key-accept', wish: 'accept' },
  { keys: ['T'], word: 'key-tentative', wish: 'tentative' },
  { keys: ['D'], word: 'key-decline', wish: 'decline' },
  { keys: ['/'], word: 'key-search', wish: 'search' },
  { keys: ['N'], word: 'key-schedule', wish: 'schedule' },
  { keys: [','], word: 'key-settings', wish: 'settings' },
  { keys: ['H'], word: 'key-titles', wish: 'titles' },
  { keys: ['.'], word: 'key-today', wish: 'today' },
  { keys: ['?'], word: 'key-keys', wish: 'keys' },
  { keys: ['Esc'], word: 'key-escape', wish: 'close' },
];

const byLetter = new Map(
  KEYS.flatMap(({ keys, wish }) =>
    wish && keys[0]?.length === 1 ? [[keys[0].toLowerCase(), wish] as const] : [],
  ),
);

/** What of a key press decides. */
export type Press = Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'repeat'>;

/**
 * What a press asks for; null when it is none of ours. Who is typing means
 * letters as letters.
 */
export function wishOf(press: Press, typing: boolean): Wish | null {
  if (press.ctrlKey || press.metaKey || press.altKey) return null;
  if (press.key === 'Escape') return 'close';
  if (press.key === 'ArrowDown') return 'down';
  if (press.key === 'ArrowUp') return 'up';
  if (typing || press.repeat) return null;
  return byLetter.get(press.key.toLowerCase()) ?? null;
}
