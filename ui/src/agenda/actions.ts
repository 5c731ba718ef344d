import type { ShownLink } from '../lib/backend';
import type { AnswerChoice } from '../lib/bindings';

/** What rows and cards can do; the window does it and tells how it went. */
export interface Actions {
  /** Answers whether the link waits for a second press. */
  join(meeting: string, link: ShownLink, anyway?: boolean): Promise<boolean>;
  copy(meeting: string, link: ShownLink): Promise<void>;
  openWeb(meeting: string): Promise<void>;
  /** These three answer whether it is done. */
  answer(meeting: string, answer: AnswerChoice): Promise<boolean>;
  cancel(meeting: string, message: string): Promise<boolean>;
  /** Deletes an appointment that has nobody else. */
  remove(meeting: string): Promise<boolean>;
  change(meeting: string): Promise<void>;
  /** Opens or closes a row, by its key in the list. */
  toggle(key: string): void;
}
