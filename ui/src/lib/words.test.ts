import { FluentResource } from '@fluent/bundle';
import { describe, expect, it } from 'vitest';
import { say, sources, speak } from './words';

const code = import.meta.glob<string>(['../**/*.svelte', '../**/*.ts', '!../**/*.test.ts'], {
  query: '?raw',
  import: 'default',
  eager: true,
});

const asked = Object.entries(code).flatMap(([file, text]) =>
  [...text.matchAll(/\bsay\(\s*'([\w-]+)'/g)].map((found) => ({ file, key: found[1] ?? '' })),
);

describe('words', () => {
  it('has every key the windows ask for, in every language', () => {
    expect(asked.length).toBeGreaterThan(25);
    for (const [language, source] of Object.entries(sources)) {
      const keys = new Set(new FluentResource(source).body.map((message) => message.id));
      expect(
        asked.filter(({ key }) => !keys.has(key)).map((use) => ({ language, ...use })),
      ).toEqual([]);
    }
  });

  it('speaks Swedish when asked to and English when it does not know the language', () => {
    speak('sv');
    expect(say('join')).toBe('Delta');
    expect(document.documentElement.lang).toBe('sv');
    speak('tlh');
    expect(say('join')).toBe('Join');
    expect(document.documentElement.lang).toBe('en');
  });
});
