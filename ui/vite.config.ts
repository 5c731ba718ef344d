import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';
import { csp } from './csp.config.ts';

const entry = (name: string) => fileURLToPath(new URL(`${name}.html`, import.meta.url));

export default defineConfig(({ mode }) => ({
  plugins: [svelte()],
  clearScreen: false,
  // Testing Library needs Svelte's client build.
  resolve: mode === 'test' ? { conditions: ['browser'] } : {},
  server: { host: '127.0.0.1', fs: { allow: ['..'] } },
  preview: {
    host: '127.0.0.1',
    port: 4173,
    strictPort: true,
    // The browser tests run under the policy that the app ships with.
    headers: { 'Content-Security-Policy': csp() },
  },
  build: {
    target: 'es2022',
    sourcemap: false,
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: {
        agenda: entry('agenda'),
        ring: entry('ring'),
        schedule: entry('schedule'),
        settings: entry('settings'),
        setup: entry('setup'),
      },
    },
  },
  test: {
    environment: 'jsdom',
    css: true,
    include: ['src/**/*.test.ts'],
    // A busy machine takes its time to ask jsdom for roles.
    testTimeout: 20_000,
  },
}));
