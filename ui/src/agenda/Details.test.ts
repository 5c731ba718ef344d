import { cleanup, fireEvent, render, screen, within } from '@testing-library/svelte';
import { tick } from 'svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { RowView } from '../lib/bindings';
import { agenda } from '../lib/fake-day';
import { detailsOf } from '../lib/fake-parts';
import { ASKS_FOR } from '../lib/second-press.svelte';
import type { Actions } from './actions';
import Details from './Details.svelte';

const rows = agenda('declined', 'en').days.flatMap((day) => day.rows);

function shown(id: string, more: Partial<RowView> = {}): Actions {
  const row = rows.find((one) => one.id === id);
  if (!row) throw new Error(id);
  const done = () => vi.fn().mockResolvedValue(true);
  const actions: Actions = {
    join: vi.fn().mockResolvedValue(false),
    copy: done(),
    openWeb: done(),
    answer: done(),
    change: done(),
    cancel: done(),
    remove: done(),
    toggle: vi.fn(),
  };
  const details = detailsOf.get(id) ?? null;
  render(Details, { props: { id: 'details', row: { ...row, ...more }, details, actions } });
  return actions;
}

const sure = () => screen.getByRole('button', { name: 'Delete it?' });

describe('the opened row', () => {
  afterEach(cleanup);
  afterEach(() => vi.useRealTimers());

  it('offers the three answers, with the one that was given pressed', () => {
    const actions = shown('a/design');
    const group = within(screen.getByRole('group', { name: 'Your answer' }));
    expect(group.getAllByRole('button').map((one) => one.textContent.trim())).toEqual([
      'Accept',
      'Tentative',
      'Decline',
    ]);
    expect(group.getByRole('button', { pressed: true }).textContent.trim()).toBe('Accept');
    group.getByRole('button', { name: 'Decline' }).click();
    expect(actions.answer).toHaveBeenCalledExactlyOnceWith('a/design', 'decline');
  });

  it('lets a declined meeting be accepted after all', () => {
    shown('a/declined');
    expect(screen.getByRole('button', { pressed: true }).textContent.trim()).toBe('Decline');
    expect(screen.getByRole('button', { name: 'Accept' })).toBeTruthy();
  });

  it('has neither answers nor changes where nobody was asked', () => {
    shown('a/early');
    expect(screen.queryByRole('group', { name: 'Your answer' })).toBeNull();
    expect(screen.queryByRole('button', { name: 'Change' })).toBeNull();
  });

  it('asks once more before it calls a meeting off', async () => {
    const actions = shown('a/tomorrow', { marks: [] });
    screen.getByRole('button', { name: 'Cancel meeting' }).click();
    const send = await screen.findByRole('button', { name: 'Cancel and tell everybody' });
    expect(actions.cancel).not.toHaveBeenCalled();
    send.click();
    expect(actions.cancel).toHaveBeenCalledExactlyOnceWith('a/tomorrow', '');
  });

  it('keeps what is written to those invited until it has gone out', async () => {
    const actions = shown('a/tomorrow', { marks: [] });
    const cancel = vi.mocked(actions.cancel);
    const answers: ((done: boolean) => void)[] = [];
    cancel.mockImplementation(() => new Promise((resolve) => answers.push(resolve)));
    screen.getByRole('button', { name: 'Cancel meeting' }).click();
    const field = await screen.findByLabelText('Message to everybody invited');
    await fireEvent.input(field, { target: { value: 'Next week instead' } });
    const send = screen.getByRole('button', { name: 'Cancel and tell everybody' });
    // While it is on its way a second press sends nothing.
    await fireEvent.click(send);
    await fireEvent.click(send);
    expect(cancel).toHaveBeenCalledExactlyOnceWith('a/tomorrow', 'Next week instead');
    answers[0]?.(false);
    await vi.waitFor(() => expect(send.getAttribute('aria-disabled')).toBe('false'));
    await tick();
    expect(screen.getByLabelText<HTMLTextAreaElement>(/Message/).value).toBe('Next week instead');
    await fireEvent.click(send);
    expect(cancel).toHaveBeenCalledTimes(2);
    expect(cancel).toHaveBeenLastCalledWith('a/tomorrow', 'Next week instead');
    answers[1]?.(true);
    await vi.waitFor(() => expect(screen.queryByLabelText(/Message/)).toBeNull());
    (await screen.findByRole('button', { name: 'Cancel meeting' })).click();
    const again = await screen.findByLabelText<HTMLTextAreaElement>(/Message/);
    expect(again.value).toBe('');
    await fireEvent.keyDown(again, { key: 'Escape' });
  });

  it('deletes what has nobody else at the second press, unless the focus left in between', async () => {
    const actions = shown('a/leave');
    expect(screen.getByRole('button', { name: 'Change' })).toBeTruthy();
    expect(screen.queryByRole('button', { name: /Cancel|everybody/ })).toBeNull();
    await fireEvent.click(screen.getByRole('button', { name: 'Delete' }));
    await fireEvent.blur(screen.getByRole('button', { name: 'Delete it?' }));
    await fireEvent.click(screen.getByRole('button', { name: 'Delete' }));
    expect(actions.remove).not.toHaveBeenCalled();
    await fireEvent.click(screen.getByRole('button', { name: 'Delete it?' }));
    expect(actions.remove).toHaveBeenCalledExactlyOnceWith('a/leave');
    expect(actions.cancel).not.toHaveBeenCalled();
  });

  it.each([
    ['a double click', () => fireEvent.click(sure(), { detail: 2 }), 'asking'],
    ['Esc', () => fireEvent.keyDown(document.body, { key: 'Escape' }), 'over'],
    ['a press elsewhere', () => fireEvent.pointerDown(document.body), 'over'],
    ['a while', () => vi.advanceTimersByTime(ASKS_FOR), 'over'],
  ] as const)('deletes nothing by %s', async (_, what, then) => {
    vi.useFakeTimers();
    const actions = shown('a/leave');
    await fireEvent.click(screen.getByRole('button', { name: 'Delete' }), { detail: 1 });
    await what();
    await tick();
    expect(screen.queryByRole('button', { name: 'Delete it?' }) !== null).toBe(then === 'asking');
    if (then === 'over') await fireEvent.click(screen.getByRole('button', { name: 'Delete' }));
    expect(actions.remove).not.toHaveBeenCalled();
    await fireEvent.click(sure());
    expect(actions.remove).toHaveBeenCalledExactlyOnceWith('a/leave');
  });

  it('says of a series that this day alone is meant', async () => {
    const actions = shown('a/leave', { marks: ['recurring'] });
    await fireEvent.click(screen.getByRole('button', { name: 'Delete this day' }));
    await fireEvent.click(screen.getByRole('button', { name: 'Delete only this day?' }));
    expect(actions.remove).toHaveBeenCalledExactlyOnceWith('a/leave');
  });

  it.each([
    ['owner', 'Delete'],
    ['organizer', 'Cancel meeting'],
  ] as const)('offers the %s of what lasts whole days no change', (kind, name) => {
    shown('a/office', { part: { kind, changeable: false } });
    expect(screen.getByRole('button', { name })).toBeTruthy();
    expect(screen.queryByRole('button', { name: 'Change' })).toBeNull();
  });

  it('says the place only where the row does not', () => {
    shown('a/design');
    expect(screen.queryByText('Room Öresund 2')).toBeNull();
    cleanup();
    shown('a/design', { subtitle: 'Cancelled by Omar Haddad' });
    expect(screen.getByText('Room Öresund 2')).toBeTruthy();
  });

  it('sr_31 names the host of the page in Outlook on the web, where there is one', () => {
    const actions = shown('a/design');
    const web = screen.getByRole('button', { name: /^Open in Outlook/ });
    expect(within(web).getByText('mail.example.org')).toBeTruthy();
    web.click();
    expect(actions.openWeb).toHaveBeenCalledExactlyOnceWith('a/design');
    cleanup();
    shown('a/procurement');
    expect(screen.queryByRole('button', { name: /Outlook/ })).toBeNull();
  });

  it('sr_31 names the host of every link that it offers', () => {
    const actions = shown('a/procurement');
    const teams = screen.getByRole('button', { name: /teams\.microsoft\.com/ });
    expect(screen.getByRole('button', { name: /meet-now\.example\.net/ }).textContent).toContain(
      'not a known service',
    );
    teams.click();
    expect(actions.join).toHaveBeenCalledExactlyOnceWith(
      'a/procurement',
      expect.objectContaining({ index: 0, host: 'teams.microsoft.com' }),
      false,
    );
  });
});
