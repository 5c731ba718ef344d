import type { Problem, ScheduleChange } from '../lib/bindings';

/** Takes a change to the session. */
type Take = (change: ScheduleChange) => Promise<Problem | null>;

/**
 * One change that says the same as two in a row, or null when both are needed.
 * What is typed or dragged comes faster than it is answered.
 */
function together(first: ScheduleChange, second: ScheduleChange): ScheduleChange | null {
  if (first.kind === 'move' && second.kind === 'move') {
    return { kind: 'move', quarters: first.quarters + second.quarters };
  }
  const whole = ['title', 'message', 'own_link', 'place', 'length'];
  return first.kind === second.kind && whole.includes(first.kind) ? second : null;
}

/**
 * Hands changes to the session one after the other, in the order they were
 * made; commands that run side by side could overtake each other.
 */
export class Changes {
  readonly #take: Take;
  readonly #told: (problem: Problem | null) => void;
  readonly #waiting: ScheduleChange[] = [];
  #running: Promise<void> | null = null;

  /** `told` hears after each change what kept it from being made. */
  constructor(take: Take, told: (problem: Problem | null) => void) {
    this.#take = take;
    this.#told = told;
  }

  /** Makes a change once those before it are made. */
  push(change: ScheduleChange): Promise<void> {
    const last = this.#waiting.at(-1);
    const one = last && together(last, change);
    if (one) this.#waiting[this.#waiting.length - 1] = one;
    else this.#waiting.push(change);
    return this.settled();
  }

  /** Ends when every change so far has been answered. */
  settled(): Promise<void> {
    if (this.#waiting.length > 0) this.#running ??= this.#run();
    return this.#running ?? Promise.resolve();
  }

  async #run(): Promise<void> {
    try {
      for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) {
        this.#told(await this.#take(next));
      }
    } finally {
      this.#running = null;
    }
  }
}
