import { mentionedAddresses } from '#src/text/address-mentions.ts';
import { contrast, lightened, readableOn, TEXT_CONTRAST } from '#src/text/colour.ts';
import type { Site } from './queries.ts';

export const LOGO_BYTES_MAX = 200_000;
export const LOGO_PIXELS_MAX = 4096;

/** The grounds that text in the accent colour stands on: `--raised`, the less favourable, and `--paper` in the dark. */
export const GROUNDS = { light: '#f3f6f9', dark: '#181d23', darkPaper: '#0f1318' } as const;

/** How light an accent is in the dark at least, and how strong at most: as the one that Forthright comes with. */
const DARK_LIGHTNESS = 0.78;
const DARK_CHROMA_MAX = 0.12;

type Contacts = Pick<Site, 'contactEmail' | 'pressContact'> &
  Partial<Pick<Site, 'securityContact' | 'dataProtectionContact'>>;

/** Addresses that may stand in a published text because they are the organisation's: its contacts, and what its mail comes from. */
export function ownAddresses(site: Contacts, mailFrom = ''): ReadonlySet<string> {
  const { contactEmail, pressContact, securityContact = '', dataProtectionContact = '' } = site;
  const contacts = [contactEmail, pressContact, securityContact, dataProtectionContact, mailFrom];
  return new Set(mentionedAddresses(contacts.join(' ')));
}

/** Addresses in a text that are not the organisation's own. */
export function foreignAddresses(text: string, own: ReadonlySet<string>): string[] {
  return mentionedAddresses(text).filter((address) => !own.has(address));
}

/** What is wrong with an accent colour, with the nearest one that is right; undefined when nothing is. */
export function accentProblem(accent: string): string | undefined {
  const ratio = contrast(accent, GROUNDS.light);
  if (ratio >= TEXT_CONTRAST) return undefined;
  // Rounded down: 4.46 must not read as 4.5.
  const shown = (Math.floor(ratio * 10) / 10).toFixed(1);
  return `Text in ${accent} would be hard to read on white: its contrast is ${shown}:1, and reading needs ${TEXT_CONTRAST}:1. The nearest that has it is ${readableOn(GROUNDS.light, accent)}.`;
}

/** The same hue for dark grounds, where it is read, and text on it, as well as on light ones. */
export function accentInTheDark(accent: string): string {
  return readableOn(GROUNDS.dark, lightened(accent, DARK_LIGHTNESS, DARK_CHROMA_MAX));
}

/** The site's colours as a style sheet; empty without any. Stronger than every layer, weaker than any rule of theme.css. */
export function brandSheet({ accent }: Pick<Site, 'accent'>): string {
  if (!accent) return '';
  return `:where(:root) {
  --accent: light-dark(${accent}, ${accentInTheDark(accent)});
  --on-accent: light-dark(#fff, ${GROUNDS.darkPaper});
}
`;
}
