import type { Backend } from './backend';
import type { Problem } from './bindings';
import { say } from './words';

/** How long after a press of key or pointer something may be opened. */
const FRESH_MS = 2000;

/**
 * The same back end, which opens nothing unless the user has just pressed a key
 * or a button: a fault in a window must not join a meeting by itself. On Linux
 * Rust looks at the press as well, where no script reaches (docs/decisions/0025);
 * elsewhere this is the only look at the press itself.
 */
export function byHand(backend: Backend, page: EventTarget = window): Backend {
  let pressed = -Infinity;
  const note = (event: Event) => {
    // Events that a script has made are not trusted.
    if (event.isTrusted) pressed = performance.now();
  };
  for (const kind of ['pointerdown', 'pointerup', 'keydown']) {
    page.addEventListener(kind, note, { capture: true });
  }
  const fresh = () => performance.now() - pressed < FRESH_MS;
  const refused = (): Promise<Problem> =>
    Promise.resolve({ code: 'link', text: say('open-not-by-hand') });

  return {
    ...backend,
    join: (meeting, link, anyway) => (fresh() ? backend.join(meeting, link, anyway) : refused()),
    openWeb: (meeting) => (fresh() ? backend.openWeb(meeting) : refused()),
  };
}
