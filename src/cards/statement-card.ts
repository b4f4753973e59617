import { readFile } from 'node:fs/promises';
import { initWasm, Resvg } from '@resvg/resvg-wasm';
import satori from 'satori';
import { cardFonts, FONT_FAMILY, resolved } from './fonts.ts';
import { legible } from './legible.ts';

const SIZE = { width: 1200, height: 630 };
const TITLE_MAX = 120;
const LINE_MAX = 70;
const INK = '#10161d';
const MUTED = '#4f5a66';
const ACCENT = '#1d5a85';

export type StatementCard = {
  title: string;
  organisation: string;
  /** "Apology, 4 November 2019". */
  line: string;
  /** `#rrggbb`; the product's own when absent. */
  accent?: string | undefined;
};

let ready: Promise<void> | undefined;

/** A PNG of 1200 × 630 for where a link is shown. The same words give the same bytes; words in a script without glyphs are left out. */
export async function drawStatementCard(card: StatementCard): Promise<Uint8Array> {
  ready ??= initWasm(readFile(resolved('@resvg/resvg-wasm/index_bg.wasm')));
  await ready;
  const svg = await satori(composition(card), { ...SIZE, fonts: cardFonts() });
  const drawing = new Resvg(svg, { fitTo: { mode: 'original' }, font: { loadSystemFonts: false } });
  try {
    return drawing.render().asPng();
  } finally {
    drawing.free();
  }
}

type Element = { type: string; props: { style: Record<string, string | number>; children?: unknown } };

function box(style: Record<string, string | number>, children?: unknown): Element {
  return { type: 'div', props: { style: { display: 'flex', ...style }, children } };
}

function composition({ title, organisation, line, accent = ACCENT }: StatementCard) {
  const words = legible(title, TITLE_MAX);
  const name = legible(organisation, LINE_MAX);
  // A name alone is a better card than a row of boxes.
  const heading = words ?? name ?? '';
  return box(
    {
      flexDirection: 'column',
      justifyContent: 'space-between',
      boxSizing: 'border-box',
      ...SIZE,
      padding: '64px 80px 60px',
      backgroundColor: '#ffffff',
      color: INK,
      fontFamily: FONT_FAMILY,
      borderTop: `16px solid ${accent}`,
    },
    [
      box({ fontSize: 34, fontWeight: 600 }, name ?? ''),
      box(
        {
          fontSize: heading.length > 70 ? 60 : 74,
          fontWeight: 600,
          lineHeight: 1.14,
          letterSpacing: '-0.022em',
          maxHeight: 300,
          overflow: 'hidden',
          wordBreak: 'break-word',
        },
        heading,
      ),
      box(
        { borderTop: '2px solid #d9dfe5', paddingTop: 28, fontSize: 30, color: MUTED },
        legible(line, LINE_MAX) ?? '',
      ),
    ],
  ) as unknown as Parameters<typeof satori>[0];
}
