/** A letter, digit, `-`, `.`, `_` or `~` that is encoded without need (RFC 3986, 2.3). */
const NEEDLESS = /%(?:2[de]|3\d|4[1-9a-f]|5[\daf]|6[1-9a-f]|7[\dae])/gi;

/** The same path with nothing encoded that need not be: every path has one spelling. */
export function plainSpelling(path: string): string {
  return path.replace(NEEDLESS, decodeURIComponent);
}
