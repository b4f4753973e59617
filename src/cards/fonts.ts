import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Font } from 'satori';

const SCRIPTS = ['latin', 'latin-ext', 'greek', 'cyrillic', 'vietnamese'] as const;
const WEIGHTS = [400, 600] as const;

let loaded: Font[] | undefined;

/** Inter in the scripts it has: read when the first card is drawn, and kept. About 300 kB. */
export function cardFonts(): Font[] {
  loaded ??= SCRIPTS.flatMap((script) =>
    WEIGHTS.map((weight): Font => ({
      name: script === 'latin' ? 'Inter' : `Inter ${script}`,
      data: readFileSync(resolved(`@fontsource/inter/files/inter-${script}-${weight}-normal.woff`)),
      weight,
      style: 'normal',
    })),
  );
  return loaded;
}

export const FONT_FAMILY = SCRIPTS.map((script) => (script === 'latin' ? 'Inter' : `Inter ${script}`)).join(
  ', ',
);

/** Where a file of a package lies: the packages stay outside of the built server. */
export function resolved(path: string): string {
  return createRequire(import.meta.url).resolve(path);
}
