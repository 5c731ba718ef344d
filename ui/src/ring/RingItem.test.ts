import { cleanup, render, screen } from '@testing-library/svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Choice } from '../lib/fake-choices';
import { ring } from '../lib/fake-ring';
import RingItem from './RingItem.svelte';

function shown(state: Choice<'ring', 'ring'>) {
  const [item] = ring(state, 'en').rings;
  if (!item) throw new Error(state);
  const acts = {
    join: vi.fn().mockResolvedValue(false),
    snooze: vi.fn().mockResolvedValue(undefined),
    runningLate: vi.fn().mockResolvedValue(undefined),
    dismiss: vi.fn().mockResolvedValue(undefined),
    show: vi.fn().mockResolvedValue(undefined),
  };
  render(RingItem, { props: { ring: item, first: true, acts } });
  return acts;
}

describe('a ringing meeting', () => {
  afterEach(cleanup);

  it('joins by the link that is shown', () => {
    const acts = shown('before');
    screen.getByRole('button', { name: 'Join Webex, opens acme.webex.com' }).click();
    expect(acts.join).toHaveBeenCalledExactlyOnceWith(
      'a/review',
      expect.objectContaining({ index: 0, host: 'acme.webex.com' }),
      false,
    );
  });

  it('leads to its meeting in the agenda by its title', () => {
    const acts = shown('before');
    screen.getByRole('button', { name: 'Supplier review: northern region' }).click();
    expect(acts.show).toHaveBeenCalledExactlyOnceWith('a/review');
  });

  it('says "Join now" when the meeting has begun', () => {
    shown('late');
    expect(screen.getByRole('button', { name: /^Join now/ })).toBeTruthy();
  });

  it('tells the organizer only when one is late', () => {
    const acts = shown('late');
    screen.getByRole('button', { name: 'Running late' }).click();
    expect(acts.runningLate).toHaveBeenCalledExactlyOnceWith('a/review');
    cleanup();
    shown('before');
    expect(screen.queryByRole('button', { name: 'Running late' })).toBeNull();
  });

  it('has no Join button without a choice when there are two links', () => {
    shown('doubt');
    expect(screen.queryByRole('button', { name: /^Join/ })).toBeNull();
    expect(screen.getByRole('button', { name: /teams\.microsoft\.com/ })).toBeTruthy();
  });

  it('is dismissed by the button that names it', () => {
    const acts = shown('before');
    screen.getByRole('button', { name: /^Dismiss Supplier review/ }).click();
    expect(acts.dismiss).toHaveBeenCalledExactlyOnceWith('r/review');
  });
});
