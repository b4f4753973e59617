import type { Block } from './blocks.ts';
import type { Letter } from './letter.ts';

/**
 * Stands where each recipient's unsubscribe token goes. A broadcast is rendered once with it, hashed, and filled for
 * each message: `${publicUrl}/u/${UNSUBSCRIBE_TOKEN_SLOT}`.
 */
export const UNSUBSCRIBE_TOKEN_SLOT = '{{slot:token}}';

const SLOT = /\{\{slot:([^{}]*)\}\}/g;
const OPENING = /\{\{(?=slot:)/g;

/** What the recipient's token may consist of: it needs no escaping anywhere. */
const TOKEN = /^[A-Za-z0-9_-]+$/;

/** Written by a person, and not to be filled: the same to the reader, no slot to us. */
export function withoutSlots(written: Block): Block {
  return { html: written.html.replace(OPENING, '&#123;&#123;'), text: textWithoutSlots(written.text) };
}

export function textWithoutSlots(text: string): string {
  return text.replace(OPENING, '{ {');
}

/**
 * Takes rendered content apart once, to be filled for many recipients.
 *
 * @throws Error when the text or the HTML lacks the slot, when the subject has one, or when one is not known.
 */
export function slottedLetter({ subject, text, html }: Letter): (recipient: { token: string }) => Letter {
  if (subject.match(SLOT)) throw new Error('A subject cannot have a slot: it is the same for everybody.');
  const [texts, htmls] = [partsOf(text, 'text'), partsOf(html, 'HTML')];
  return ({ token }) => {
    if (!TOKEN.test(token)) throw new Error('An unsubscribe token has a sign that no token has.');
    return { subject, text: texts.join(token), html: htmls.join(token) };
  };
}

function partsOf(rendered: string, where: string): string[] {
  for (const [slot, name] of rendered.matchAll(SLOT)) {
    if (slot !== UNSUBSCRIBE_TOKEN_SLOT)
      throw new Error(`The ${where} of the letter has an unknown slot "${name}".`);
  }
  const parts = rendered.split(UNSUBSCRIBE_TOKEN_SLOT);
  if (parts.length === 1)
    throw new Error(`The ${where} of the letter lacks the slot for the unsubscribe token.`);
  return parts;
}
