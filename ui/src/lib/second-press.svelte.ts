/** How long a button asks, in milliseconds; whoever comes later is asked anew. */
export const ASKS_FOR = 10_000;

/** How many buttons ask at this moment. */
let asked = 0;

/** Whether a button asks: Esc is for its question then. */
export function isAsked(): boolean {
  return asked > 0;
}

/**
 * A button whose second press does what the first has only asked about. A
 * double click and a key that is held down are one press. The question ends
 * with Esc, with a press elsewhere, when the focus leaves and after a while:
 * on macOS a button that was clicked has no focus that could leave.
 *
 * Made while a component is set up; `on` goes to the button.
 */
export class SecondPress {
  asking = $state(false);
  #button: Element | null = null;
  #press: (sure: boolean) => boolean | Promise<boolean>;

  /** `press` answers whether a second press is waited for. */
  constructor(press: (sure: boolean) => boolean | Promise<boolean>) {
    this.#press = press;
    $effect(() => {
      if (!this.asking) return;
      asked += 1;
      const late = setTimeout(this.end, ASKS_FOR);
      document.addEventListener('keydown', this.#escape, true);
      document.addEventListener('pointerdown', this.#elsewhere, true);
      return () => {
        asked -= 1;
        clearTimeout(late);
        document.removeEventListener('keydown', this.#escape, true);
        document.removeEventListener('pointerdown', this.#elsewhere, true);
      };
    });
  }

  readonly on = {
    onclick: async (event: MouseEvent & { currentTarget: Element }) => {
      if (event.detail > 1) return;
      this.#button = event.currentTarget;
      this.asking = await this.#press(this.asking);
    },
    onkeydown: (event: KeyboardEvent) => {
      if (event.repeat && (event.key === 'Enter' || event.key === ' ')) event.preventDefault();
    },
    onblur: () => this.end(),
  };

  /** Ends the question. */
  readonly end = () => {
    this.asking = false;
  };

  #escape = (event: KeyboardEvent) => {
    if (event.key !== 'Escape') return;
    // It is the question that Esc closes, and not what is around it.
    event.preventDefault();
    this.end();
  };

  #elsewhere = (event: PointerEvent) => {
    if (!(event.target instanceof Node && this.#button?.contains(event.target))) this.end();
  };
}
