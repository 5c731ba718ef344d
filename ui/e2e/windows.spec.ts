import { expect, test, type Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const sizes = {
  agenda: { width: 408, height: 760 },
  ring: { width: 392, height: 320 },
};

type Window = keyof typeof sizes;

const states: [Window, string][] = [
  ['agenda', ''],
  ['agenda', 'state=two'],
  ['agenda', 'state=offline'],
  ['agenda', 'state=sign-in'],
  ['agenda', 'state=loading'],
  ['agenda', 'state=empty'],
  ['agenda', 'state=new'],
  ['ring', ''],
  ['ring', 'ring=late'],
  ['ring', 'ring=several'],
  ['ring', 'ring=doubt'],
];

/** Opens a window and fails the test when the content policy was broken. */
async function show(page: Page, window: Window, query: string): Promise<string[]> {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') {
      complaints.push(message.text());
    }
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  await page.setViewportSize(sizes[window]);
  await page.goto(`/${window}.html?${query}`);
  await expect(page.locator('#window h1')).toBeAttached();
  return complaints;
}

/** What axe finds, as short lines. */
async function faults(page: Page): Promise<string[]> {
  // Through the debugger, which the page's content policy does not bind.
  await page.evaluate(axe);
  return page.evaluate(async () => {
    interface Found {
      violations: { id: string; nodes: { html: string; failureSummary?: string }[] }[];
    }
    const { axe } = globalThis as unknown as {
      axe: { run(on: Document, options: object): Promise<Found> };
    };
    const found = await axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    });
    return found.violations.flatMap((one) =>
      one.nodes.map((node) => `${one.id}: ${node.html} ${node.failureSummary ?? ''}`),
    );
  });
}

for (const [window, query] of states) {
  for (const colorScheme of ['light', 'dark'] as const) {
    for (const language of ['en', 'sv']) {
      test(`${window} ${query} ${colorScheme} ${language} has no fault for axe`, async ({
        page,
      }) => {
        await page.emulateMedia({ colorScheme });
        const complaints = await show(page, window, `${query}&lang=${language}`.replace(/^&/, ''));
        const name = [window, query.replace(/\W/g, '-'), colorScheme, language].filter(Boolean);
        await page.screenshot({ path: `../artefacts/ui/${name.join('-')}.png` });
        expect(await faults(page)).toEqual([]);
        expect(complaints).toEqual([]);
      });
    }
  }
}
