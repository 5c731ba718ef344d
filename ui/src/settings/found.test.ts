import { describe, expect, it } from 'vitest';
import { FakeSettings } from '../lib/fake-settings';
import type { SettingsView } from '../lib/bindings';
import { speak } from '../lib/words';
import { found } from './found';

function sections(language: string): SettingsView['sections'] {
  speak(language);
  let seen: SettingsView | null = null;
  new FakeSettings(language, false).watch((view) => (seen = view));
  return (seen as SettingsView | null)?.sections ?? [];
}

const names = (language: string, query: string) =>
  found(sections(language), query).flatMap((one) => one.settings.map((setting) => setting.name));

describe('search in settings', () => {
  it('finds by title, hint and choice, in the language that is spoken', () => {
    expect(names('en', 'tray')).toEqual(['collapse_after_minutes', 'at_login', 'hide_titles']);
    expect(names('en', 'zoom')).toEqual(['in_app']);
    expect(names('sv', 'språk svenska')).toContain('language');
  });

  it('finds a section by its heading, also one without settings', () => {
    expect(found(sections('en'), 'diagnostics').map((one) => one.section)).toEqual(['diagnostics']);
  });

  it('finds nothing where a word is missing', () => {
    expect(found(sections('en'), 'zoom nowhere')).toEqual([]);
  });
});
