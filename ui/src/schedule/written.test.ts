import { describe, expect, it, vi } from 'vitest';
import { holds, peopleOf, takeWritten } from './written';

describe('what is written for people', () => {
  it.each([
    ['omar@example.org', ['omar@example.org']],
    ['omar@example.org, ana@example.org', ['omar@example.org', 'ana@example.org']],
    ['Haddad, Omar', ['Haddad, Omar']],
    ['Haddad, ', ['Haddad']],
    ['omar@example.org, Berg, Ana', ['omar@example.org', 'Berg, Ana']],
    ['Berg, Ana <ana@example.org>, linh@example.org', ['ana@example.org', 'linh@example.org']],
    [
      'Berg, Ana <ana@example.org>; Haddad, Omar\nlinh',
      ['ana@example.org', 'Haddad, Omar', 'linh'],
    ],
    // In these the user has said that it is the address, whoever knows it.
    ['<joe@acme.example>', ['<joe@acme.example>']],
    [' , ;\n', []],
  ])('is apart: %j', (text, people) => {
    expect(peopleOf(text)).toEqual(people);
  });

  it('is taken from every field that is there', () => {
    const [first, second] = [vi.fn(), vi.fn()];
    const ends = [holds(first), holds(second)];
    takeWritten();
    ends[0]?.();
    takeWritten();
    ends[1]?.();
    takeWritten();
    expect(first).toHaveBeenCalledTimes(1);
    expect(second).toHaveBeenCalledTimes(2);
  });
});
