import { button, code, paragraph } from './blocks.ts';
import { letter, type Letter, type Site } from './letter.ts';

export type CodeLetter = Site & {
  /** Opens a page with a button; opening it changes nothing. */
  link: string;
  code: string;
  /** How long both work. */
  minutes: number;
};

/**
 * The same letter to every address that is typed in, known or not: that it came says nothing about the person. The code
 * is not in the subject, which locked screens and the provider's events show.
 */
export function composeSignInCode({ link, code: typed, minutes, ...site }: CodeLetter): Letter {
  return letter({
    ...site,
    subject: `Your code to sign in to ${site.siteName}`,
    body: [
      paragraph(`Type this code on the page where you asked for it. It works for ${minutes} minutes, once.`),
      code(typed),
      paragraph('Or open this link in the same browser and press the button there:'),
      button('Go to sign-in', link),
      paragraph('Give the code to nobody. We never ask for it by phone, by mail or in a chat.'),
    ],
    footer: [
      paragraph(
        `Somebody typed this address on ${site.siteUrl}. If it was not you, do nothing: nobody can sign in without this message.`,
      ),
      paragraph('Every address that is typed there gets this message, whether we know it or not.'),
    ],
  });
}

/** Proves a further mailbox of somebody who has signed in. */
export function composeAddAddressCode({ link, code: typed, minutes, ...site }: CodeLetter): Letter {
  return letter({
    ...site,
    subject: `Your code to add this address at ${site.siteName}`,
    body: [
      paragraph(
        `Somebody who is signed in to ${site.siteName} wants to add this address to what they see there. If it is you, type this code on the page where you asked for it. It works for ${minutes} minutes, once.`,
      ),
      code(typed),
      paragraph('Or open this link in the same browser and press the button there:'),
      button('Add this address', link),
      paragraph(
        'Give the code to nobody: whoever has it can read what concerns this address. We never ask for it by phone, by mail or in a chat.',
      ),
    ],
    footer: [
      paragraph(`This address was typed on ${site.siteUrl}. If it was not you, do nothing: it is not added.`),
      paragraph('Every address that is typed there gets this message, whether we know it or not.'),
    ],
  });
}
