/** A colour as it is typed: `#12547f`, or short, `#fff`. */
export const HEX_COLOUR = /^#(?:[0-9a-f]{3}|[0-9a-f]{6})$/i;

/** What reading needs, by WCAG 2.2, 1.4.3. */
export const TEXT_CONTRAST = 4.5;

type Oklab = { lightness: number; a: number; b: number };

/** WCAG 2.2: 1 for the same colour twice, 21 for black and white. */
export function contrast(one: string, other: string): number {
  const [lighter, darker] = [luminance(one), luminance(other)].sort((a, b) => b - a) as [number, number];
  return (lighter + 0.05) / (darker + 0.05);
}

/**
 * The same hue, moved only as far towards light or dark as text on that ground needs. A strong colour loses some of its
 * strength on the way, as every screen would take it from it.
 */
export function readableOn(ground: string, colour: string, ratio = TEXT_CONTRAST): string {
  const step = luminance(ground) > 0.18 ? -0.005 : 0.005;
  const start = oklabOf(colour);
  for (let lightness = start.lightness; lightness >= 0 && lightness <= 1; lightness += step) {
    const moved = hexOf({ ...start, lightness });
    if (contrast(moved, ground) >= ratio) return moved;
  }
  return step < 0 ? '#000000' : '#ffffff';
}

/** The same hue as light as this at least, and no stronger: for dark grounds, where pure colours glare. */
export function lightened(colour: string, lightness: number, chromaMax: number): string {
  const from = oklabOf(colour);
  const chroma = Math.hypot(from.a, from.b);
  const scale = chroma > chromaMax ? chromaMax / chroma : 1;
  return hexOf({ lightness: Math.max(from.lightness, lightness), a: from.a * scale, b: from.b * scale });
}

/** From the polar form that style sheets use; the hue in degrees. */
export function hexOfOklch(lightness: number, chroma: number, hue: number): string {
  const angle = (hue * Math.PI) / 180;
  return hexOf({ lightness, a: chroma * Math.cos(angle), b: chroma * Math.sin(angle) });
}

function luminance(colour: string): number {
  const [red, green, blue] = linearOf(colour);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function linearOf(colour: string): [number, number, number] {
  const digits = colour.slice(1);
  const long = digits.length === 3 ? digits.replace(/./g, '$&$&') : digits;
  const channel = (at: number) => {
    const share = parseInt(long.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  };
  return [channel(0), channel(2), channel(4)];
}

/** Björn Ottosson's Oklab, https://bottosson.github.io/posts/oklab/ */
function oklabOf(colour: string): Oklab {
  const [red, green, blue] = linearOf(colour);
  const long = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const medium = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const short = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  return {
    lightness: 0.2104542553 * long + 0.793617785 * medium - 0.0040720468 * short,
    a: 1.9779984951 * long - 2.428592205 * medium + 0.4505937099 * short,
    b: 0.0259040371 * long + 0.7827717662 * medium - 0.808675766 * short,
  };
}

/** Clipped to what a screen shows. */
function hexOf({ lightness, a, b }: Oklab): string {
  const long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const short = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const linear = [
    4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
    -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
    -0.0041960863 * long - 0.7034186147 * medium + 1.707614701 * short,
  ];
  const channel = (value: number) => {
    const share = value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055;
    return Math.round(Math.min(1, Math.max(0, share)) * 255)
      .toString(16)
      .padStart(2, '0');
  };
  return `#${linear.map(channel).join('')}`;
}
