import { FluentResource } from '@fluent/bundle';
import { describe, expect, it } from 'vitest';
import { learnMore } from './fake-words';
import { say, sources, speak } from './words';

const code = import.meta.glob<string>(['../**/*.svelte', '../**/*.ts', '!../**/*.test.ts'], {
  query: '?raw',
  import: 'default',
  eager: true,
});

const asked = Object.entries(code).flatMap(([file, text]) =>
  [...text.matchAll(/\bsay\(\s*'([\w-]+)'/g)].map((found) => ({ file, key: found[1] ?? '' })),
);

/** Those of the program; the tests learn more. */
const shipped = Object.entries(sources);

describe('words', () => {
  it('has every key the windows ask for, in every language', () => {
    expect(asked.length).toBeGreaterThan(25);
    expect(shipped.map(([language]) => language).toSorted()).toEqual(['en', 'sv']);
    for (const [language, source] of shipped) {
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

  it('takes a language by its file alone: words, plurals and direction', () => {
    learnMore();
    speak('ar');
    expect(document.documentElement.dir).toBe('rtl');
    expect(say('join')).toBe('انضمام');
    const people = [1, 2, 3, 11, 100].map((count) => say('people-count', { count }));
    expect(people).toEqual(['شخص واحد', 'شخصان', '3 أشخاص', '11 شخصًا', '100 شخص']);
    speak('sv');
    expect(document.documentElement.dir).toBe('ltr');
  });

  it('keeps a country apart from its language, and says in English what a file has not', () => {
    learnMore();
    const quit = ['pt', 'pt-BR'].map((language) => {
      speak(language);
      return say('tray-quit');
    });
    expect(quit).toEqual(['Sair do Joinbell', 'Fechar o Joinbell']);
    expect(document.documentElement.lang).toBe('pt-BR');
    expect(say('settings-undo', { title: 'X' })).toBe('Undo: X');
    expect(say('no-such-key')).toBe('no-such-key');
  });
});
