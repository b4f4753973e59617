import { oneLine, xml } from './xml.ts';

/** Colours that white text is read on (4.5:1), and that stand out from light and dark pages (3:1) in a favicon. */
export const badgeColours = {
  ok: '#1a7a48',
  degraded: '#8a6100',
  partial: '#b04a00',
  major: '#b3261e',
  maintenance: '#5b53b8',
  data: '#a0266d',
  muted: '#5a626b',
} as const;
export const faviconColours: Readonly<Record<BadgeTone, string>> = {
  ok: '#239b5e',
  degraded: '#a67c00',
  partial: '#d2600f',
  major: '#d9453b',
  maintenance: '#7b72d6',
  data: '#c84792',
  muted: '#7b848e',
};
export type BadgeTone = keyof typeof badgeColours;

export type BadgePart = {
  word: string;
  tone: BadgeTone;
  /** The status's shape, on a field of 16 by 16. */
  shape: string;
};

/** What is told, the most important first: a leak and the state of the service are two things. */
export type Badge = { label: string; parts: readonly [BadgePart] | readonly [BadgePart, BadgePart] };

const LABEL_COLOUR = '#39414a';
const LABEL_MAX = 60;
const HEIGHT = 20;
const GAP = 6;
const SHAPE = 12;

/** Word, shape and colour on grounds of its own, so that it is read on any page. Needs no font and no style sheet. */
export function badgeSvg(badge: Badge): string {
  const label = clipped(oneLine(badge.label));
  const labelWidth = textWidth(label);
  const left = GAP + labelWidth + GAP;
  let width = left;
  const parts = badge.parts.map(({ word, tone, shape }) => {
    const at = width;
    const wordWidth = textWidth(oneLine(word));
    const wordAt = at + GAP + SHAPE + 4;
    width = wordAt + wordWidth + GAP;
    const ground = `<path fill="${badgeColours[tone]}" d="M${at} 0H${width}V${HEIGHT}H${at}Z"/>`;
    const mark = `<path transform="translate(${at + GAP} 4) scale(.75)" fill="#fff" fill-rule="evenodd" d="${shape}"/>`;
    return { ground, mark, words: text(oneLine(word), wordAt, wordWidth), tone };
  });
  // The last one's ground has the corners; the others lie on it.
  const last = parts.at(-1)?.tone ?? 'muted';
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${HEIGHT}" viewBox="0 0 ${width} ${HEIGHT}" role="img" aria-labelledby="t">
<title id="t">${xml(title(label, badge))}</title>
<rect width="${width}" height="${HEIGHT}" rx="4" fill="${badgeColours[last]}"/>${lines(parts.slice(0, -1).map(({ ground }) => ground))}
<path fill="${LABEL_COLOUR}" d="M4 0H${left}V${HEIGHT}H4a4 4 0 0 1-4-4V4a4 4 0 0 1 4-4Z"/>
${parts.map(({ mark }) => mark).join('\n')}
<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11" aria-hidden="true">
${text(label, GAP, labelWidth)}
${parts.map(({ words }) => words).join('\n')}
</g>
</svg>
`;
}

/**
 * The state as a tab shows it: told apart by its silhouette, too. Of two things the first stands small before the second, with
 * a gap around it.
 */
export function faviconSvg(badge: Badge): string {
  const [first, second] = badge.parts;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16" role="img" aria-labelledby="t">
<title id="t">${xml(title(oneLine(badge.label), badge))}</title>
${second ? both(first, second) : painted(first)}
</svg>
`;
}

const CORNER = 'transform="translate(6.4 6.4) scale(.6)"';

function both(first: BadgePart, second: BadgePart): string {
  return `<mask id="m"><path fill="#fff" d="M0 0H16V16H0Z"/><path ${CORNER} stroke="#000" stroke-width="4" d="${first.shape}"/></mask>
${painted(second, 'mask="url(#m)"')}
${painted(first, CORNER)}`;
}

function painted({ tone, shape }: BadgePart, attributes = ''): string {
  return `<path ${attributes && `${attributes} `}fill="${faviconColours[tone]}" fill-rule="evenodd" d="${shape}"/>`;
}

function title(label: string, { parts }: Badge): string {
  return `${label}: ${parts.map(({ word }) => oneLine(word)).join('. ')}`;
}

const lines = (elements: readonly string[]) => elements.map((element) => `\n${element}`).join('');

/** Fitted into the width it was given, whatever font there is. */
function text(words: string, x: number, width: number): string {
  if (words === '') return '';
  return `<text x="${x}" y="14" textLength="${width}" lengthAdjust="spacingAndGlyphs">${xml(words)}</text>`;
}

function clipped(text: string): string {
  const signs = [...text];
  return signs.length <= LABEL_MAX
    ? text
    : `${signs
        .slice(0, LABEL_MAX - 1)
        .join('')
        .trimEnd()}…`;
}

const WIDTHS: readonly [RegExp, number][] = [
  [/[\p{M}\p{Cf}]/u, 0],
  [
    /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\u{1f000}-\u{3fffd}]/u,
    12,
  ],
  [/[ijlI.,:;!|'’ ]/u, 4],
  [/[ftr()[\]/"-]/u, 5],
  [/[mwMW@%]/u, 10],
  [/\p{Lu}/u, 8],
];

/** About as wide as Verdana at 11 pixels, in whole pixels. */
export function textWidth(words: string): number {
  const width = [...words].reduce(
    (sum, sign) => sum + (WIDTHS.find(([signs]) => signs.test(sign))?.[1] ?? 7),
    0,
  );
  return Math.ceil(width);
}
