import { FluentBundle, FluentResource, type FluentVariable } from '@fluent/bundle';
import en from '../../../crates/desktop/words/en.ftl?raw';

const files = import.meta.glob<string>('../../../crates/desktop/words/*.ftl', {
  query: '?raw',
  import: 'default',
  eager: true,
});

/** The Fluent texts by language; the same files that Rust reads. */
export const sources: Record<string, string> = Object.fromEntries(
  Object.entries(files).map(([path, text]) => [/(\w+)\.ftl$/.exec(path)?.[1] ?? '', text]),
);

function bundleOf(language: string): FluentBundle {
  const bundle = new FluentBundle(language, { useIsolating: false });
  bundle.addResource(new FluentResource(sources[language] ?? en));
  return bundle;
}

/** Made when the first word is said: to read the texts takes a while. */
let bundle: FluentBundle | null = null;
let spoken = 'en';

/** Chooses the language of every later `say`; called before a window mounts. */
export function speak(language: string): void {
  const known = language in sources ? language : 'en';
  if (known !== spoken) bundle = null;
  spoken = known;
  document.documentElement.lang = known;
}

/**
 * The text of `key`. A key that no file has is shown as itself; words.test.ts
 * keeps that from happening.
 */
export function say(key: string, values: Record<string, FluentVariable> = {}): string {
  bundle ??= bundleOf(spoken);
  const message = bundle.getMessage(key);
  return message?.value ? bundle.formatPattern(message.value, values, []) : key;
}
