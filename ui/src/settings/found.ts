import type { SectionView, SettingView } from '../lib/bindings';

function texts(setting: SettingView): string {
  const { control } = setting;
  const options =
    control.kind === 'choice' || control.kind === 'several'
      ? control.options.map((option) => option.text)
      : [];
  return [setting.title, setting.hint, ...options].join(' ').toLocaleLowerCase();
}

/**
 * The settings in whose texts every word of the query stands, under their
 * headings. A section whose own heading has all of them is found as a whole.
 */
export function found(sections: SectionView[], query: string): SectionView[] {
  const words = query.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const has = (text: string) => words.every((word) => text.includes(word));
  return sections
    .map((section) =>
      has(section.title.toLocaleLowerCase())
        ? section
        : { ...section, settings: section.settings.filter((one) => has(texts(one))) },
    )
    .filter((section) => section.settings.length > 0 || has(section.title.toLocaleLowerCase()));
}
