import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import Slot from './Slot.svelte';

function shown(locked = false) {
  const acts = { move: vi.fn(), put: vi.fn().mockResolvedValue(undefined) };
  const slot = { from: 10, to: 13, text: 'Tue 24 Nov, 10:30 – 11:15' };
  render(Slot, { props: { slot, quarters: 40, locked, ...acts } });
  return { ...acts, slider: screen.getByRole('slider') };
}

describe('the chosen time', () => {
  afterEach(cleanup);

  it('says itself in words and between which quarters it can stand', () => {
    const { slider } = shown();
    expect(slider.getAttribute('aria-valuetext')).toBe('Tue 24 Nov, 10:30 – 11:15');
    expect(slider.getAttribute('aria-valuemax')).toBe('37');
    expect(slider.style.gridColumn).toBe('11 / 14');
  });

  it.each([
    ['ArrowRight', 1],
    ['ArrowLeft', -1],
    ['PageUp', 4],
    ['PageDown', -4],
  ])('%s moves it by %i quarters', async (key, by) => {
    const { slider, move } = shown();
    await fireEvent.keyDown(slider, { key });
    expect(move).toHaveBeenCalledExactlyOnceWith(by);
  });

  it('End puts it where it just fits', async () => {
    const { slider, put } = shown();
    await fireEvent.keyDown(slider, { key: 'End' });
    expect(put).toHaveBeenCalledExactlyOnceWith(37);
  });

  it('does not move once the meeting is on its way', async () => {
    const { slider, move, put } = shown(true);
    for (const key of ['ArrowRight', 'End']) await fireEvent.keyDown(slider, { key });
    expect(move).not.toHaveBeenCalled();
    expect(put).not.toHaveBeenCalled();
  });
});
