/** What rows and cards can do; the window does it and tells how it went. */
export interface Actions {
  join(meeting: string, index: number): Promise<void>;
  copy(meeting: string, index: number): Promise<void>;
  openWeb(meeting: string): Promise<void>;
  toggle(meeting: string): void;
}
