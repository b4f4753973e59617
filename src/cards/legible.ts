/** The scripts that the card's fonts have, and the marks between words. */
const LEGIBLE = /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Nd}\p{P}\p{Sc}\p{Zs}+=<>|~^`°©®™]$/u;

/** How much of a text may be without glyphs before it is better not drawn at all. */
const LOST_MAX = 0.2;

/**
 * One line as the card can draw it: at most `max` characters, cut between words. Undefined when too much of it is in a script without glyphs, so that a card never
 * shows a row of boxes.
 */
export function legible(text: string, max: number): string | undefined {
  const line = text
    .slice(0, max * 8)
    .toWellFormed()
    .normalize('NFC')
    .replace(/\s+/gu, ' ')
    .trim();
  const characters = [...line];
  const kept = characters.filter((character) => LEGIBLE.test(character));
  const letters = characters.filter((character) => /[\p{L}\p{N}]/u.test(character)).length;
  const lettersKept = kept.filter((character) => /[\p{L}\p{N}]/u.test(character)).length;
  if (lettersKept === 0 || (letters - lettersKept) / letters > LOST_MAX) return undefined;
  return shortened(kept.join('').replace(/ +/g, ' ').trim(), max);
}

function shortened(line: string, max: number): string {
  const characters = [...line];
  if (characters.length <= max) return line;
  const cut = characters.slice(0, max - 1).join('');
  const space = cut.lastIndexOf(' ');
  return `${(space > max / 2 ? cut.slice(0, space) : cut).replace(/[\s,;:.–-]+$/u, '')}…`;
}
