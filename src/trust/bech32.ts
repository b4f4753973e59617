const ALPHABET = 'qpzry9x8gf2tvdw0s3jn54khce6mua7l';
const GENERATORS = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
const CHECKSUM_LENGTH = 6;

/** Bech32 (BIP 173) without its limit of 90 characters: how age writes keys. Lower case. */
export function encodeBech32(prefix: string, bytes: Uint8Array): string {
  const groups = regrouped(bytes, 8, 5, true) ?? [];
  const sum = polymod([...expanded(prefix), ...groups, ...new Array<number>(CHECKSUM_LENGTH).fill(0)]) ^ 1;
  const checksum = Array.from({ length: CHECKSUM_LENGTH }, (_, index) => (sum >> (5 * (5 - index))) & 31);
  return `${prefix}1${[...groups, ...checksum].map((group) => ALPHABET[group]).join('')}`;
}

/** What stands behind the prefix; undefined when it is not whole, or has another prefix. Either case, not both. */
export function decodeBech32(prefix: string, text: string): Uint8Array | undefined {
  if (text !== text.toLowerCase() && text !== text.toUpperCase()) return undefined;
  const lower = text.toLowerCase();
  const start = `${prefix}1`;
  if (!lower.startsWith(start)) return undefined;
  const groups = [...lower.slice(start.length)].map((letter) => ALPHABET.indexOf(letter));
  if (groups.length < CHECKSUM_LENGTH || groups.includes(-1)) return undefined;
  if (polymod([...expanded(prefix), ...groups]) !== 1) return undefined;
  const bytes = regrouped(groups.slice(0, -CHECKSUM_LENGTH), 5, 8, false);
  return bytes && Uint8Array.from(bytes);
}

function expanded(prefix: string): number[] {
  const codes = [...prefix].map((letter) => letter.charCodeAt(0));
  return [...codes.map((code) => code >> 5), 0, ...codes.map((code) => code & 31)];
}

function polymod(values: readonly number[]): number {
  let sum = 1;
  for (const value of values) {
    const top = sum >>> 25;
    sum = ((sum & 0x1ffffff) << 5) ^ value;
    GENERATORS.forEach((generator, index) => {
      if ((top >> index) & 1) sum ^= generator;
    });
  }
  return sum;
}

/** Undefined when what is left over is not the padding that the other direction adds. */
function regrouped(values: Iterable<number>, from: number, to: number, pad: boolean): number[] | undefined {
  const groups: number[] = [];
  let held = 0;
  let bits = 0;
  for (const value of values) {
    held = (held << from) | value;
    bits += from;
    while (bits >= to) {
      bits -= to;
      groups.push((held >> bits) & ((1 << to) - 1));
    }
    held &= (1 << bits) - 1;
  }
  if (pad) {
    if (bits > 0) groups.push((held << (to - bits)) & ((1 << to) - 1));
  } else if (bits >= from || held !== 0) return undefined;
  return groups;
}
