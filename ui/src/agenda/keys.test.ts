import { describe, expect, it } from 'vitest';
import { KEYS, wishOf } from './keys';

const press = (key: string, more = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  repeat: false,
  ...more,
});

describe('keys of the agenda', () => {
  it.each([
    ['j', 'join'],
    ['J', 'join'],
    ['a', 'accept'],
    ['t', 'tentative'],
    ['d', 'decline'],
    ['n', 'schedule'],
    ['/', 'search'],
    ['h', 'titles'],
    ['.', 'today'],
    ['?', 'keys'],
    ['Escape', 'close'],
    ['ArrowDown', 'down'],
  ])('%s asks for %s', (key, wish) => {
    expect(wishOf(press(key), false)).toBe(wish);
  });

  it('leave what the system or a field wants alone', () => {
    expect(wishOf(press('d', { ctrlKey: true }), false)).toBeNull();
    expect(wishOf(press('d'), true)).toBeNull();
    expect(wishOf(press('Enter'), false)).toBeNull();
    expect(wishOf(press('x'), false)).toBeNull();
  });

  it('do once what is held down', () => {
    expect(wishOf(press('j', { repeat: true }), false)).toBeNull();
    expect(wishOf(press('ArrowDown', { repeat: true }), false)).toBe('down');
  });

  it('have one meaning each', () => {
    const all = KEYS.flatMap((one) => one.keys);
    expect(new Set(all).size).toBe(all.length);
  });
});
