/** A stretch of a text: found, or around what was found. */
export type Piece = { text: string; found: boolean };

/** Characters of private use that no text of ours holds: where a found word begins and ends. */
export const FOUND = { start: '\ue000', stop: '\ue001' } as const;

const EXCERPT_MAX = 260;
const BEFORE_MAX = 60;

/**
 * The stretch of a text with the most in it that was found, in pieces. `marked` is the same text, letter by letter, with marks around
 * what was found; where it is not the same, nothing counts as found.
 */
export function excerptOf(text: string, marked: string): Piece[] {
  const letters = [...text];
  const found = foundLetters(marked, letters.length);
  const start = bestStart(letters, found);
  const end = wordEnd(letters, Math.min(letters.length, start + EXCERPT_MAX));
  const pieces = piecesOf(letters.slice(start, end), found.slice(start, end));
  if (start > 0) pieces.unshift({ text: '… ', found: false });
  if (end < letters.length) pieces.push({ text: ' …', found: false });
  return pieces;
}

/** The whole text in pieces. */
export function highlighted(text: string, marked: string): Piece[] {
  const letters = [...text];
  return piecesOf(letters, foundLetters(marked, letters.length));
}

function foundLetters(marked: string, length: number): boolean[] {
  const found: boolean[] = [];
  let inside = false;
  for (const letter of marked) {
    if (letter === FOUND.start) inside = true;
    else if (letter === FOUND.stop) inside = false;
    else found.push(inside);
  }
  return found.length === length ? found : Array.from({ length }, () => false);
}

/** Where the excerpt begins: a little before the letter from which it covers most. */
function bestStart(letters: readonly string[], found: readonly boolean[]): number {
  const within = EXCERPT_MAX - BEFORE_MAX;
  let count = 0;
  let best = { at: 0, count: 0 };
  for (let last = 0; last < found.length; last += 1) {
    if (found[last]) count += 1;
    if (last >= within && found[last - within]) count -= 1;
    if (count > best.count) best = { at: Math.max(0, last - within + 1), count };
  }
  const first = found.indexOf(true, best.at);
  return first === -1 ? 0 : wordStart(letters, Math.max(0, first - BEFORE_MAX));
}

function wordStart(letters: readonly string[], at: number): number {
  if (at === 0) return 0;
  const space = letters.indexOf(' ', at);
  return space === -1 || space - at > BEFORE_MAX / 2 ? at : space + 1;
}

function wordEnd(letters: readonly string[], at: number): number {
  if (at === letters.length) return at;
  const space = letters.lastIndexOf(' ', at);
  return space > at - BEFORE_MAX / 2 ? space : at;
}

function piecesOf(letters: readonly string[], found: readonly boolean[]): Piece[] {
  const pieces: Piece[] = [];
  for (const [index, letter] of letters.entries()) {
    const last = pieces.at(-1);
    if (last && last.found === found[index]) last.text += letter;
    else pieces.push({ text: letter, found: found[index] ?? false });
  }
  return pieces;
}
