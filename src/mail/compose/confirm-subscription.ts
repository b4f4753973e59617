import { button, paragraph } from './blocks.ts';
import { letter, type Letter, type Site } from './letter.ts';

/** Asks the owner of the mailbox, who may be somebody else than the person who typed it. */
export function composeConfirmSubscription({
  link,
  topics,
  hours,
  ...site
}: Site & {
  link: string;
  /** In words, such as "statements" and "notices". */
  topics: readonly string[];
  /** After this the address is forgotten. */
  hours: number;
}): Letter {
  const wanted = new Intl.ListFormat('en', { type: 'conjunction' }).format(topics);
  return letter({
    ...site,
    subject: `Please confirm: updates from ${site.siteName}`,
    body: [
      paragraph(
        `Somebody, probably you, asked ${site.siteName} to send ${wanted || 'updates'} to this address.`,
      ),
      button('Confirm this address', link),
      paragraph(`Until you confirm, we send no updates. The link works for ${hours} hours.`),
    ],
    footer: [
      paragraph(
        `This address was typed on ${site.siteUrl}. If it was not you, do nothing: without a confirmation we forget it after ${hours} hours.`,
      ),
    ],
  });
}
