import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, describe, expect, it, vi } from 'vitest';
import TextField from './TextField.svelte';

describe('a text field', () => {
  afterEach(cleanup);

  it('says all of the text at each stroke', async () => {
    const typed = vi.fn();
    render(TextField, { props: { label: 'Title', value: 'Field', typed } });
    await fireEvent.input(screen.getByLabelText('Title'), { target: { value: 'Field visit' } });
    expect(typed).toHaveBeenCalledExactlyOnceWith('Field visit');
  });

  it('keeps what is being typed when an older text is told', async () => {
    const props = { label: 'Title', value: '', typed: () => undefined };
    const { rerender } = render(TextField, { props });
    const field = screen.getByLabelText<HTMLInputElement>('Title');
    field.focus();
    await fireEvent.input(field, { target: { value: 'Field v' } });
    await rerender({ ...props, value: 'Fie' });
    expect(field.value).toBe('Field v');
  });

  it('shows what is told while nobody types', async () => {
    const props = { label: 'Title', value: 'Field visit', typed: () => undefined };
    const { rerender } = render(TextField, { props });
    await rerender({ ...props, value: '' });
    expect(screen.getByLabelText<HTMLInputElement>('Title').value).toBe('');
  });
});
