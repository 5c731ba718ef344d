import { mount, unmount, type Component } from 'svelte';
import '../lib/tokens.css';
import '../lib/base.css';
import type { Backend } from '../lib/backend';
import type { EnvironmentView } from '../lib/bindings';
import { byHand } from '../lib/by-hand';
import { tauriBackend } from '../lib/tauri';
import { speak } from '../lib/words';

/** What every window is given. */
export interface WindowProps {
  backend: Backend;
  environment: EnvironmentView;
}

async function connect(): Promise<Backend> {
  // The made-up day is left out of the built app: the mode is known to Vite.
  if (import.meta.env.MODE === 'fake') {
    return (await import('../lib/fake')).fakeBackend();
  }
  return tauriBackend();
}

/**
 * Puts a window's component on the page, and anew whenever the language changes:
 * every text is asked for once.
 */
export async function open(
  component: Component<WindowProps>,
  title: (words: EnvironmentView) => string,
): Promise<void> {
  const backend = byHand(await connect());
  const target = document.getElementById('window');
  if (!target) return;
  let shown: Record<string, unknown> | null = null;
  let language = '';

  const show = (environment: EnvironmentView) => {
    document.documentElement.dataset['theme'] = environment.theme ?? 'system';
    if (environment.language === language) return;
    language = environment.language;
    speak(language);
    document.title = title(environment);
    const focused = document.activeElement?.id;
    if (shown) void unmount(shown);
    shown = mount(component, { target, props: { backend, environment } });
    if (focused) document.getElementById(focused)?.focus();
  };
  show(await backend.environment());
  backend.watchEnvironment(show);
}
