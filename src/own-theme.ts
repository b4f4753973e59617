import { existsSync, readFileSync } from 'node:fs';

const PLACES = ['../dist/client/theme.css', '../public/theme.css'];

/** The operator's own style sheet: the build's, or the source's where nothing is built. Empty when all of it is comment. */
export function readOwnTheme(themeFile?: string): string {
  const places = PLACES.map((place) => new URL(place, import.meta.url));
  const file = themeFile ?? places.find((url) => existsSync(url));
  const text = file ? readFileSync(file, 'utf8') : '';
  return text.replace(/\/\*[\s\S]*?\*\//g, '').trim() === '' ? '' : text;
}
