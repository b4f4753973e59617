import { toASCII, toUnicode } from 'tr46';
import { isKnownText } from './known-characters.ts';

/**
 * One mailbox, as it is written to: the local part as it was typed (in NFC), the domain in lower-case ASCII.
 * Only `parseEmailAddress` makes one.
 */
export type EmailAddress = string & { readonly __brand: 'EmailAddress' };

/** The version of the rules below. It is stored beside every key made with them: changing a rule is a migration. */
export const NORM_VERSION = 'n1';

/** `reason` is plain words, `refusal` its name in the closed set. */
export type ParsedEmailAddress =
  { ok: true; address: EmailAddress } | { ok: false; refusal: AddressRefusal; reason: string };

const BYTES_MAX = 254;
const LOCAL_BYTES_MAX = 64;

/** The three characters beyond ASCII that NFC turns into ASCII: ; ` and K. Another mailbox would answer to them. */
const LOOKALIKES = /[\u037e\u1fef\u212a]/;

/**
 * A domain that UTS 46 changes in its case only, as nearly all are: no `--` where `xn--` has its own. It saves the library's
 * five microseconds; a test holds both to the same answer.
 */
const PLAIN_DOMAIN = /^(?:(?!..--)[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?(?:\.(?!$)|$))+$/;

/** Each is a whole clause, to stand alone or behind “Refused:”. A closed set: imports count by them. */
export const ADDRESS_REFUSALS = {
  empty: 'it is empty',
  tooLong: `it is longer than ${BYTES_MAX} bytes`,
  brokenText: 'it contains a broken character',
  control: 'it contains a control character or a line break',
  invisible: 'it contains an invisible or text-direction character',
  space: 'it contains a space',
  noAt: 'it has no @',
  list: 'it lists more than one address',
  comment: 'it contains a comment in parentheses',
  named: 'it contains < or >: the address must stand alone, without a name',
  quoted: 'it contains a quotation mark: quoted addresses are not accepted',
  manyAt: 'it has more than one @',
  noLocal: 'nothing stands before the @',
  localTooLong: `the part before the @ is longer than ${LOCAL_BYTES_MAX} bytes`,
  encodedWord: 'it contains mail-header encoding (=?…?=)',
  lookalike: 'it contains a sign that only looks like a plain character',
  localSign: 'the part before the @ contains a sign that is not allowed there',
  noDomain: 'nothing stands after the @',
  ipLiteral: 'its domain is an IP address',
  noDot: 'its domain has no dot',
  domain: 'its domain is not a valid name',
} as const;

/** Trims outer spaces, then holds the text against the rules. The time is linear in the text; the reason is plain words. */
export function parseEmailAddress(text: string): ParsedEmailAddress {
  const trimmed = trimSpaces(text);
  if (isLonger(trimmed, BYTES_MAX)) return refused('tooLong');
  const characters = refusedCharacters(trimmed);
  if (characters) return refused(characters);

  const at = trimmed.lastIndexOf('@');
  const typedLocal = trimmed.slice(0, at);
  if (LOOKALIKES.test(typedLocal)) return refused('lookalike');
  const local = typedLocal.normalize('NFC');
  const wrongLocal = refusedLocalPart(local);
  if (wrongLocal) return refused(wrongLocal);

  const domain = asciiDomain(trimmed.slice(at + 1).normalize('NFC'));
  if ('refusal' in domain) return refused(domain.refusal);
  const address = `${local}@${domain.name}`;
  if (isLonger(address, BYTES_MAX)) return refused('tooLong');
  return { ok: true, address: address as EmailAddress };
}

/**
 * The form that is keyed. Two mailboxes that differ in more than the case of A to Z have two forms: dots, `+tags` and
 * providers' aliases are never merged.
 */
export function normalisedAddress(address: EmailAddress): string {
  // NFC again: H with a line below has no composed form, h with a line below has one (U+1E96).
  return address.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()).normalize('NFC');
}

/** `a***@example.com`, for logs, errors and reports. Takes any text; shows its first character and its domain at most. */
export function maskedAddress(text: string): string {
  const visible = trimSpaces(text);
  const at = visible.lastIndexOf('@');
  const first = /^[\p{L}\p{N}\p{P}\p{S}]/u.exec(visible.slice(0, 2))?.[0] ?? (visible === '' ? '' : '?');
  if (at === -1) return `${first}***`;
  const domain = /^[\p{L}\p{M}\p{N}.-]+/u.exec(visible.slice(at + 1, at + 1 + BYTES_MAX))?.[0] ?? '';
  return at === 0 ? `***@${domain}` : `${first}***@${domain}`;
}

export type AddressRefusal = keyof typeof ADDRESS_REFUSALS;

function refused(refusal: AddressRefusal): ParsedEmailAddress {
  return { ok: false, refusal, reason: ADDRESS_REFUSALS[refusal] };
}

function refusedCharacters(text: string): AddressRefusal | undefined {
  if (text === '') return 'empty';
  if (!text.isWellFormed()) return 'brokenText';
  if (/[\p{Cc}\u2028\u2029]/u.test(text)) return 'control';
  if (!isKnownText(text)) return 'invisible';
  if (!text.includes('@')) return 'noAt';
  if (/[,;]/.test(text)) return 'list';
  if (/[()]/.test(text)) return 'comment';
  if (/[<>]/.test(text)) return 'named';
  if (text.includes('"')) return 'quoted';
  if (/\p{Z}/u.test(text)) return 'space';
  return undefined;
}

function refusedLocalPart(local: string): AddressRefusal | undefined {
  if (local === '') return 'noLocal';
  if (local.includes('@')) return 'manyAt';
  if (isLonger(local, LOCAL_BYTES_MAX)) return 'localTooLong';
  // An encoded word: a decoder on the way could read it as another address (RFC 2047).
  if (/=\?[^?]+\?[bq]\?/i.test(local)) return 'encodedWord';
  // RFC 5321 atext and dots, and anything beyond ASCII (RFC 6531). Dots may repeat: such mailboxes exist.
  if (/[^A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.\u{80}-\u{10ffff}]/u.test(local)) return 'localSign';
  return undefined;
}

/** DNS names compare without case; UTS 46 in the library's own pinned Unicode, because the runtime's changes with its ICU. */
function asciiDomain(typed: string): { name: string } | { refusal: AddressRefusal } {
  if (typed === '') return { refusal: 'noDomain' };
  if (typed.startsWith('[')) return { refusal: 'ipLiteral' };
  const name = toAsciiName(typed.endsWith('.') ? typed.slice(0, -1) : typed);
  if (name === null) return { refusal: 'domain' };
  if (!name.includes('.')) return { refusal: 'noDot' };
  if (/(?:^|\.)[0-9]+$/.test(name)) return { refusal: 'ipLiteral' };
  return { name };
}

const UTS46 = {
  checkBidi: true,
  checkHyphens: true,
  checkJoiners: true,
  transitionalProcessing: false,
  useSTD3ASCIIRules: true,
} as const;

function toAsciiName(domain: string): string | null {
  if (PLAIN_DOMAIN.test(domain)) return domain.toLowerCase();
  const name = toASCII(domain, { ...UTS46, verifyDNSLength: true });
  return name?.includes('xn--') && !isKnownName(name) ? null : name;
}

/** The library holds what stands behind xn-- against the runtime's normal form. Where joiners may stand it decides itself. */
function isKnownName(asciiName: string): boolean {
  return isKnownText(toUnicode(asciiName, UTS46).domain.replace(/[\u200c\u200d]/g, ''));
}

const utf8 = new TextEncoder();

/** In bytes. A UTF-16 unit is one to three of them, so that neither long nor short texts need be encoded. */
function isLonger(text: string, bytesMax: number): boolean {
  if (text.length > bytesMax) return true;
  return text.length * 3 > bytesMax && utf8.encode(text).length > bytesMax;
}

/** Only spaces: a tab or a line break at the end is a control character and refused, not overlooked. */
function trimSpaces(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text[start] === ' ') start += 1;
  while (end > start && text[end - 1] === ' ') end -= 1;
  return text.slice(start, end);
}
