/**
 * Moves the focus from row to row in reading order. Answers whether there was
 * a row to move to.
 */
export function step(list: HTMLElement, by: 1 | -1): boolean {
  const rows = [...list.querySelectorAll<HTMLElement>('[data-row]')];
  const here = rows.findIndex((row) =>
    row.closest('[data-meeting]')?.contains(document.activeElement),
  );
  const next = rows[here < 0 ? (by > 0 ? 0 : rows.length - 1) : here + by];
  next?.focus();
  return next !== undefined;
}
