import { describe, expect, it } from 'vitest';
import { FakeSettings } from '../lib/fake-settings';
import type { SettingName, SettingsView } from '../lib/bindings';
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

/** The type knows all names, so that one which is new cannot be left out here. */
const all: Record<SettingName, true> = {
  minutes_before: true,
  again_before: true,
  silent: true,
  collapse_after_minutes: true,
  sound: true,
  full_screen: true,
  ring_screen: true,
  quiet: true,
  outside_hours: true,
  work_days: true,
  work_from: true,
  work_to: true,
  at_login: true,
  personal_room: true,
  space: true,
  one_time_room: true,
  webex_means: true,
  meet_means: true,
  write_details: true,
  tell_attendees: true,
  in_app: true,
  never: true,
  services_file: true,
  hide_titles: true,
  language: true,
  hours: true,
  theme: true,
  show_declined: true,
  join_next: true,
  open_agenda: true,
  show_ring: true,
  mute: true,
};

describe('the made-up settings', () => {
  it('are all that there are, so that each is looked at', () => {
    const shown = sections('en').flatMap((one) => one.settings.map((setting) => setting.name));
    expect(shown.toSorted()).toEqual(Object.keys(all).toSorted());
  });
});

describe('search in settings', () => {
  it('finds by title, hint and choice, in the language that is spoken', () => {
    expect(names('en', 'tray')).toEqual([
      'collapse_after_minutes',
      'quiet',
      'at_login',
      'hide_titles',
    ]);
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
