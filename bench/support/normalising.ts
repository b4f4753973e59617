import { createHash } from 'node:crypto';
import { isKnownText } from '../../src/text/known-characters.ts';
import { measuredDigests, outcomeOf } from '../../tests/text/normalisation.ts';

// What bench/normalisation.ts runs under several versions of Node. Nothing that it asks depends on which: only the outcomes may.

/** Every character there is or will be: alone, in a domain, behind xn--, and as the parts it falls into. */
function digestOfEveryCharacter(): string {
  const hash = createHash('sha256');
  const tell = (text: string) => hash.update(`${outcomeOf(text)}\n`);
  for (let number = 0x21; number <= 0x10ffff; number += 1) {
    if (number >= 0xd800 && number <= 0xdfff) continue;
    const character = String.fromCodePoint(number);
    // Into what a character falls that is known since long is settled for good.
    const parts = isKnownText(character) ? character.normalize('NFD') : character;
    for (const spelling of new Set([character, parts])) {
      tell(`a${spelling}@example.com`);
      tell(`a@b${spelling}.example`);
    }
    if (number > 0x7f) tell(`a@xn--b-${punycodeAfterOne(number)}.example`);
  }
  return hash.digest('hex');
}

/** RFC 3492 for one character behind one letter. */
function punycodeAfterOne(number: number): string {
  let rest = (number - 0x80) * 2 + 1;
  let digits = '';
  for (let place = 36; ; place += 36) {
    const threshold = Math.min(26, Math.max(1, place - 72));
    if (rest < threshold) return digits + digit(rest);
    digits += digit(threshold + ((rest - threshold) % (36 - threshold)));
    rest = Math.floor((rest - threshold) / (36 - threshold));
  }
}

const digit = (value: number) => 'abcdefghijklmnopqrstuvwxyz0123456789'[value] ?? '';

const { node, unicode } = process.versions;
const digests = { ...measuredDigests(), 'every character': digestOfEveryCharacter() };
process.stdout.write(JSON.stringify({ node, unicode, digests }));
