import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { OutcomeKind } from '../lib/bindings';
import type { Choice } from '../lib/fake-choices';
import { FakeSchedule } from '../lib/fake-schedule';
import Sending from './Sending.svelte';

function shown(state: Choice<'schedule', 'state'>, kind?: OutcomeKind) {
  const view = new FakeSchedule('en', state, 'sent').view();
  const acts = { send: vi.fn(), discard: vi.fn(), another: vi.fn(), close: vi.fn() };
  const outcome = kind ? { kind, text: 'What came of it.' } : null;
  render(Sending, { props: { view: { ...view, outcome }, problem: '', ...acts } });
  return acts;
}

describe('the foot of the schedule window', () => {
  afterEach(cleanup);

  it('says to how many it sends', () => {
    const acts = shown('filled');
    screen.getByRole('button', { name: 'Send to 4 people' }).click();
    expect(acts.send).toHaveBeenCalledOnce();
  });

  it('says what is missing in words that belong to the button', () => {
    shown('none');
    const button = screen.getByRole('button', { name: 'Send to 4 people' });
    const missing = document.getElementById(button.getAttribute('aria-describedby') ?? '');
    expect(button.getAttribute('aria-disabled')).toBe('true');
    expect(missing?.textContent).toBe('Choose a time.');
  });

  it('throws the draft away at the second press, unless the focus left in between', async () => {
    const acts = shown('filled');
    await fireEvent.click(screen.getByRole('button', { name: 'Discard draft' }));
    await fireEvent.blur(screen.getByRole('button', { name: 'Discard for good' }));
    await fireEvent.click(screen.getByRole('button', { name: 'Discard draft' }));
    expect(acts.discard).not.toHaveBeenCalled();
    await fireEvent.click(screen.getByRole('button', { name: 'Discard for good' }));
    expect(acts.discard).toHaveBeenCalledOnce();
  });

  it.each([
    ['sending', 'status'],
    ['sent', 'status'],
    ['unsure', 'status'],
    ['refused', 'alert'],
  ] as const)('tells by a sentence that it is %s', (kind, role) => {
    shown('filled', kind);
    expect(screen.getByRole(role).textContent).toContain('What came of it.');
  });

  it('lets go of what the program looks after by itself', () => {
    const acts = shown('filled', 'unsure');
    expect(screen.queryByRole('button', { name: /^Send|^Discard/ })).toBeNull();
    screen.getByRole('button', { name: 'Close' }).click();
    expect(acts.close).toHaveBeenCalledOnce();
    // It must not keep anybody from another meeting.
    screen.getByRole('button', { name: 'Schedule another' }).click();
    expect(acts.another).toHaveBeenCalledOnce();
    expect(acts.discard).not.toHaveBeenCalled();
  });

  it('offers no second sending once it was sent', () => {
    shown('filled', 'sent');
    expect(screen.queryByRole('button', { name: /^Send/ })).toBeNull();
    expect(screen.getByRole('button', { name: 'Schedule another' })).toBeTruthy();
  });
});
