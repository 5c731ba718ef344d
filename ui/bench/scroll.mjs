// How smoothly a thousand meetings scroll: the agenda over its made-up day, in
// Chromium, at two speeds. Prints figures and judges none.
//
//   npm run bench:scroll
import process from 'node:process';
import { chromium } from '@playwright/test';
import { preview } from 'vite';

const FRAMES = 600;

const server = await preview({
  mode: 'fake',
  logLevel: 'error',
  build: { outDir: 'dist-fake' },
  preview: { port: 0, strictPort: false },
});
const browser = await chromium.launch({
  executablePath: process.env['JOINBELL_CHROMIUM'] ?? '/usr/bin/chromium',
  args: ['--no-sandbox'],
});
const page = await browser.newPage({ viewport: { width: 408, height: 640 } });
await page.goto(new URL('agenda.html?state=long', server.resolvedUrls.local[0]).href);
await page.getByText('Meeting 0.0', { exact: true }).waitFor();
const session = await page.context().newCDPSession(page);
await session.send('Performance.enable');

/** Seconds that the page's thread has worked since it began. */
async function worked() {
  const { metrics } = await session.send('Performance.getMetrics');
  return metrics.find((one) => one.name === 'TaskDuration').value;
}

const at = (sorted, share) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
const ms = (value) => `${value.toFixed(1)} ms`.padStart(9);

process.stdout.write(
  'pixels a frame |   median |      95 % |    worst | over 33 ms | work a frame | rows\n',
);
for (const step of [40, 400]) {
  await page.locator('.list').evaluate((list) => list.scrollTo(0, 0));
  await page.waitForTimeout(500);
  const before = await worked();
  const { times, most } = await page.evaluate(
    async ([step, frames]) => {
      const list = document.querySelector('.list');
      const times = [];
      let [way, most] = [1, 0];
      let last = await new Promise(requestAnimationFrame);
      for (let frame = 0; frame < frames; frame += 1) {
        const there = list.scrollTop;
        list.scrollBy(0, step * way);
        if (list.scrollTop === there) way = -way;
        const now = await new Promise(requestAnimationFrame);
        times.push(now - last);
        last = now;
        most = Math.max(most, document.querySelectorAll('[data-row]').length);
      }
      return { times, most };
    },
    [step, FRAMES],
  );
  const work = ((await worked()) - before) / FRAMES;
  times.sort((one, other) => one - other);
  const late = times.filter((time) => time > 33.4).length;
  process.stdout.write(
    `${String(step).padStart(14)} |${ms(at(times, 0.5))} | ${ms(at(times, 0.95))} |${ms(times.at(-1))} | ${String(late).padStart(10)} | ${ms(work * 1000).padStart(12)} | ${String(most).padStart(4)}\n`,
  );
}
await browser.close();
await server.close();
