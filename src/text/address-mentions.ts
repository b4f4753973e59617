import { parseEmailAddress } from './email-address.ts';

/** Characters that can stand in an address as people write it in running text. */
const AROUND_AT = /([^\s<>()[\]{}"',;:|@\\]{1,64})@([^\s<>()[\]{}"',;:|@\\/?#]{3,255})/gu;

/** "name (at) example (dot) com", the usual way to write one that machines shall not read. */
const SPELLED_OUT =
  /([\p{L}\p{N}._+-]{1,64}) ?[([{] ?at ?[)\]}] ?([\p{L}\p{N}-]{1,63}(?: ?(?:\.|[([{] ?dot ?[)\]}]) ?[\p{L}\p{N}-]{1,63}){1,8})/giu;

/**
 * Every email address that a reader could find in a text, in lower case, each once. Takes what readers see as well as source:
 * link targets count. A masked one (`a***@example.com`) is no address, nor is a bare handle (`@name`).
 */
export function mentionedAddresses(text: string): string[] {
  const plain = text
    .normalize('NFKC')
    .replaceAll('%40', '@')
    .replace(/\p{Default_Ignorable_Code_Point}/gu, '');
  const written = [...plain.matchAll(AROUND_AT)].map(([, local = '', domain = '']) => `${local}@${domain}`);
  const spelled = [...plain.matchAll(SPELLED_OUT)].map(([, local = '', domain = '']) => {
    const name = domain.replace(/ ?[([{] ?dot ?[)\]}] ?/gi, '.').replace(/ /g, '');
    return `${local}@${name}`;
  });
  return [...new Set([...written, ...spelled].map(trimmed).filter(isAddress))];
}

/** Markup and punctuation around it are not part of it. */
function trimmed(text: string): string {
  return text
    .replace(/^[^\p{L}\p{N}]+/u, '')
    .replace(/[^\p{L}\p{N}]+$/u, '')
    .toLowerCase();
}

function isAddress(text: string): boolean {
  if (text.includes('***')) return false;
  const [local = '', domain = ''] = text.split('@');
  return local !== '' && parseEmailAddress(`x@${domain}`).ok;
}
