import { FluentBundle, FluentResource, type FluentVariable } from '@fluent/bundle';
import en from '../../../words/en.ftl?raw';

/** The Fluent texts by language; the same files that Rust reads. */
export const sources: Record<string, string> = {};

/** Takes files of words, each called by its language: `sv.ftl`, `pt-BR.ftl`. */
export function learn(files: Record<string, string>): void {
  for (const [path, text] of Object.entries(files)) {
    const language = /([\w-]+)\.ftl$/.exec(path)?.[1];
    if (language) sources[language] = text;
  }
}

learn(
  import.meta.glob<string>('../../../words/*.ftl', {
    query: '?raw',
    import: 'default',
    eager: true,
  }),
);

function bundleOf(language: string): FluentBundle {
  const bundle = new FluentBundle(language, { useIsolating: false });
  bundle.addResource(new FluentResource(sources[language] ?? en));
  return bundle;
}

/** Made when the first word is said: to read the texts takes a while. */
let bundle: FluentBundle | null = null;
/** What a file does not have is said in English. */
let english: FluentBundle | null = null;
let spoken = 'en';

/** Chooses the language of every later `say`; called before a window mounts. */
export function speak(language: string): void {
  const known = language in sources ? language : 'en';
  if (known !== spoken) bundle = null;
  spoken = known;
  document.documentElement.lang = known;
  document.documentElement.dir = say('language-direction');
}

/** Which way one writes, for what does not learn it from the page. */
export function direction(): 'ltr' | 'rtl' {
  return document.documentElement.dir === 'rtl' ? 'rtl' : 'ltr';
}

/**
 * The text of `key`. A key that no file has is shown as itself; words.test.ts
 * keeps that from happening.
 */
export function say(key: string, values: Record<string, FluentVariable> = {}): string {
  bundle ??= bundleOf(spoken);
  const has = bundle.hasMessage(key) ? bundle : (english ??= bundleOf('en'));
  const message = has.getMessage(key);
  return message?.value ? has.formatPattern(message.value, values, []) : key;
}
