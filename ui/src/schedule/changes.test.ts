import { describe, expect, it } from 'vitest';
import type { Problem, ScheduleChange } from '../lib/bindings';
import { Changes } from './changes';

/** A session that answers when it is told to. */
function slow() {
  const taken: ScheduleChange[] = [];
  const answers: ((problem: Problem | null) => void)[] = [];
  const take = (change: ScheduleChange) => {
    taken.push(change);
    return new Promise<Problem | null>((answer) => answers.push(answer));
  };
  const answer = async (problem: Problem | null = null) => {
    answers.shift()?.(problem);
    await Promise.resolve();
    await Promise.resolve();
  };
  return { taken, take, answer };
}

const title = (text: string): ScheduleChange => ({ kind: 'title', text });

describe('changes', () => {
  it('go to the session one at a time and in order', async () => {
    const { taken, take, answer } = slow();
    const changes = new Changes(take, () => undefined);
    void changes.push({ kind: 'invite', who: 'ana@example.org', part: 'required' });
    void changes.push({ kind: 'length', minutes: 45 });
    expect(taken.map((one) => one.kind)).toEqual(['invite']);
    await answer();
    expect(taken.map((one) => one.kind)).toEqual(['invite', 'length']);
  });

  it('of what is typed faster than answered only the last is sent', async () => {
    const { taken, take, answer } = slow();
    const changes = new Changes(take, () => undefined);
    for (const text of ['F', 'Fi', 'Fie', 'Field']) void changes.push(title(text));
    await answer();
    expect(taken).toEqual([title('F'), title('Field')]);
  });

  it('are not put together across another one', async () => {
    const { taken, take, answer } = slow();
    const changes = new Changes(take, () => undefined);
    void changes.push(title('F'));
    void changes.push({ kind: 'place', quarter: 3 });
    void changes.push(title('Fi'));
    void changes.push({ kind: 'place', quarter: 4 });
    for (let step = 0; step < 4; step += 1) await answer();
    expect(taken.map((one) => one.kind)).toEqual(['title', 'place', 'title', 'place']);
  });

  it('add up when the time is moved again and again', async () => {
    const { taken, take, answer } = slow();
    const changes = new Changes(take, () => undefined);
    for (const quarters of [1, 1, 1, -4]) void changes.push({ kind: 'move', quarters });
    await answer();
    expect(taken).toEqual([
      { kind: 'move', quarters: 1 },
      { kind: 'move', quarters: -2 },
    ]);
  });

  it('that are refused are told, and the next one is made all the same', async () => {
    const { taken, take, answer } = slow();
    const told: (Problem | null)[] = [];
    const changes = new Changes(take, (problem) => told.push(problem));
    void changes.push(title('F'));
    const all = changes.push({ kind: 'length', minutes: 30 });
    const problem: Problem = { code: 'other', text: 'The draft is gone; begin anew.' };
    await answer(problem);
    await answer();
    await all;
    expect(told).toEqual([problem, null]);
    expect(taken).toHaveLength(2);
  });
});
