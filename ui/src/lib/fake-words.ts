import { learn } from './words';

/** Languages of the tests, which the program does not speak. */
export const learnMore = (): void =>
  learn(
    import.meta.glob<string>('../../../crates/desktop/tests/words/*.ftl', {
      query: '?raw',
      import: 'default',
      eager: true,
    }),
  );
