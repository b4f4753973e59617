import { link, paragraph, type Block } from './blocks.ts';
import { letter, type Letter, type Site } from './letter.ts';
import { tell, type Told } from './told.ts';

/**
 * To everybody whom we must tell, subscribed or not. It is complete in itself: nothing has to be opened, and there is
 * nothing to unsubscribe from.
 */
export function composeStatementDuty({
  told,
  id,
  signInUrl,
  ...site
}: Site & {
  told: Told;
  /** Names this mailing; the reader can quote it. */
  id: string;
  /** Where the owner of a mailbox sees what concerns it; absent when that cannot be asked yet. */
  signInUrl?: string | undefined;
}): Letter {
  return letter({
    ...site,
    subject: told.title,
    body: [...tell(told), ...ownAnswer(site, signInUrl)],
    footer: why(told, id),
  });
}

function ownAnswer({ siteUrl }: Site, signInUrl: string | undefined): Block[] {
  if (!signInUrl) return [];
  const steps = `Go to ${siteUrl} and sign in with this address. We mail you a code, and then you see what concerns it. There is no password, and we ask for nothing else.`;
  return [
    {
      html: '<h2>What this means for your address</h2>',
      text: 'What this means for your address\n--------------------------------',
    },
    paragraph(steps),
    link('The sign-in page:', signInUrl),
  ];
}

function why(told: Told, id: string): Block[] {
  return [
    paragraph(
      'You get this because your address is on the list of those concerned. We write to everybody on it, whether or not they have an account or ever asked for mail from us. It goes out for this reason alone, so there is nothing to unsubscribe from.',
    ),
    link('The same text, and what follows, is public at', told.permalink),
    paragraph(`Message ${id}`),
  ];
}
