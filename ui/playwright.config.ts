import { defineConfig } from '@playwright/test';

// Two runs beside each other need two ports.
const port = process.env['JOINBELL_UI_PORT'] ?? '4173';

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  fullyParallel: true,
  forbidOnly: Boolean(process.env['CI']),
  reporter: [['list']],
  workers: 2,
  use: {
    baseURL: `http://127.0.0.1:${port}`,
    launchOptions: {
      executablePath: process.env['JOINBELL_CHROMIUM'] ?? '/usr/bin/chromium',
      args: ['--no-sandbox'],
    },
  },
  webServer: {
    command: `npm run preview:fake -- --port ${port}`,
    url: `http://127.0.0.1:${port}/agenda.html`,
    reuseExistingServer: false,
  },
});
