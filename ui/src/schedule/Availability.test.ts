import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Choice } from '../lib/fake-choices';
import { FakeSchedule } from '../lib/fake-schedule';
import Availability from './Availability.svelte';

function shown(state: Choice<'schedule', 'state'> = 'filled') {
  const view = new FakeSchedule('en', state, 'sent').view();
  const acts = { move: vi.fn(), put: vi.fn().mockResolvedValue(undefined), look: vi.fn() };
  render(Availability, {
    props: { grid: view.grid, asking: view.asking, locked: false, ...acts },
  });
  return acts;
}

// `hidden` spares the slow look whether anything is hidden; nothing is.
describe('the grid of people’s time', () => {
  afterEach(cleanup);

  it('has a line for everybody and the room, headed by how they stand', () => {
    shown();
    expect(screen.getAllByRole('row', { hidden: true })).toHaveLength(7);
    expect(
      screen.getByRole('rowheader', { hidden: true, name: /Linh Tran.*Hanoi.*free/ }),
    ).toBeTruthy();
    expect(
      screen.getByRole('rowheader', { hidden: true, name: /Maria Keller: not known/ }),
    ).toBeTruthy();
  });

  it('says for each stretch who, when and how', () => {
    shown();
    expect(
      screen.getByRole('gridcell', { hidden: true, name: 'Öresund 2, 13:00 to 14:30, busy' }),
    ).toBeTruthy();
    expect(screen.getAllByRole('gridcell', { hidden: true, name: 'Öresund 2, free' })).toHaveLength(
      2,
    );
  });

  it('puts the time at the head of the stretch that Enter is pressed on', async () => {
    const { put } = shown();
    const cell = screen.getAllByRole('gridcell', { hidden: true, name: 'Öresund 2, free' })[1];
    if (!cell) throw new Error('no cell');
    cell.focus();
    await fireEvent.keyDown(cell, { key: 'Enter' });
    expect(put).toHaveBeenCalledExactlyOnceWith(26);
  });

  it('says that it waits while people’s time is asked for', () => {
    shown('asking');
    expect(screen.getByRole('grid').getAttribute('aria-busy')).toBe('true');
  });
});
