import { describe, expect, it } from 'vitest';
import css from './tokens.css?raw';

/** The tray's pictures, by state. */
const pictures = import.meta.glob<string>('../../../icons/tray/*.svg', {
  query: '?raw',
  import: 'default',
  eager: true,
});

type Rgb = [number, number, number];

const tokens = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g)].map((found) => [
    found[1] ?? '',
    [found[2] ?? '', found[3] ?? ''] as const,
  ]),
);

function luminance(hex: string): number {
  const channels = [1, 3, 5].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
  return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2];
}

/** Contrast by WCAG 2.2, "contrast ratio". */
function ratio(one: string, other: string): number {
  const [bright, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [
    number,
    number,
  ];
  return (bright + 0.05) / (dark + 0.05);
}

const pairs = [
  ...['text', 'muted', 'faint', 'accent', 'go', 'warn', 'bad', 'oof'].flatMap((ink) =>
    ['bg', 'surface', 'raised'].map((ground) => [ink, ground] as const),
  ),
  ['on-accent', 'accent'],
  ['on-go', 'go'],
  ['warn', 'warn-soft'],
  ['bad', 'bad-soft'],
  ['oof', 'oof-soft'],
  ['accent', 'accent-soft'],
  ['text', 'bad-soft'],
] as const;

describe('contrast', () => {
  it.each(pairs)('%s on %s is at least 4.5:1, light and dark', (ink, ground) => {
    for (const theme of [0, 1] as const) {
      const [a, b] = [tokens.get(ink)?.[theme], tokens.get(ground)?.[theme]];
      expect(a && b).toBeTruthy();
      expect(ratio(a ?? '', b ?? '')).toBeGreaterThanOrEqual(4.5);
    }
  });

  // Of graphics WCAG asks for 3:1. Panels are as white and as dark as this.
  it.each(Object.entries(pictures))('%s stands out from light and dark panels', (_, svg) => {
    const colours = new Set(svg.match(/#[0-9a-f]{6}/g));
    expect(colours.size).toBe(1);
    for (const panel of ['#f2f2f2', '#1d1d20']) {
      for (const colour of colours) expect(ratio(colour, panel)).toBeGreaterThanOrEqual(3);
    }
  });

  it('is looked at for every state of the tray', () => {
    expect(Object.keys(pictures).length).toBeGreaterThanOrEqual(7);
  });
});
