import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

export default ts.config(
  { ignores: ['dist', 'dist-fake', 'test-results', 'playwright-report', 'src/lib/bindings.ts'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...ts.configs.stylistic,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser } },
    rules: {
      'no-console': 'error',
      eqeqeq: 'error',
      // Invitations are shown as text, never as markup.
      'svelte/no-at-html-tags': 'error',
      'svelte/no-inline-styles': ['error', { allowTransitions: false }],
      'no-restricted-properties': [
        'error',
        { property: 'innerHTML', message: 'Text only: set textContent.' },
        { property: 'outerHTML', message: 'Text only: set textContent.' },
        { property: 'insertAdjacentHTML', message: 'Text only: set textContent.' },
      ],
      'no-restricted-globals': [
        'error',
        { name: 'fetch', message: 'The windows talk to Rust and to nothing else.' },
        { name: 'XMLHttpRequest', message: 'The windows talk to Rust and to nothing else.' },
        { name: 'open', message: 'Links are opened in Rust only.' },
      ],
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: {
      parserOptions: { parser: ts.parser, extraFileExtensions: ['.svelte'], svelteConfig },
    },
  },
);
