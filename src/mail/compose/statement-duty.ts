import { link, paragraph, type Block } from './blocks.ts';
import { letter, type Letter, type Site } from './letter.ts';
import { tell, type Told } from './told.ts';

/** Why somebody is told: exposed by the list in force, all of them or some; or by how a corrected list changed their answer. */
export type Concerned = 'exposed' | 'someExposed' | 'newlyExposed' | 'noLongerExposed' | 'everybody';

/**
 * To everybody whom we must tell, subscribed or not. It is complete in itself: nothing has to be opened, and there is
 * nothing to unsubscribe from.
 */
export function composeStatementDuty({
  told,
  id,
  signInUrl,
  concerned = 'exposed',
  ...site
}: Site & {
  told: Told;
  /** Names this mailing; the reader can quote it. */
  id: string;
  /** Where the owner of a mailbox sees what concerns it; absent when that cannot be asked yet. */
  signInUrl?: string | undefined;
  concerned?: Concerned | undefined;
}): Letter {
  return letter({
    ...site,
    subject: told.title,
    body: [...tell(told), ...ownAnswer(site, concerned, signInUrl)],
    footer: why(told, concerned, id),
  });
}

/** True whether the corrected list is closed or not: until then nobody is told that they were not exposed. */
const changes: Readonly<Record<Exclude<Concerned, 'exposed' | 'someExposed'>, string>> = {
  newlyExposed:
    'We have corrected the list of the addresses that were shown. By the corrected list your address was shown to other people; by the list before it was not.',
  noLongerExposed:
    'We have corrected the list of the addresses that were shown. By the list before, yours was one of them; the corrected list no longer says so.',
  everybody:
    'We have corrected the list of the addresses that were shown, and what it says about your address is no longer the same.',
};

function ownAnswer({ siteUrl }: Site, concerned: Concerned, signInUrl: string | undefined): Block[] {
  const changed =
    concerned === 'exposed' || concerned === 'someExposed' ? [] : [paragraph(changes[concerned])];
  const steps = `Go to ${siteUrl} and sign in with this address. We mail you a code, and then you see what concerns it. There is no password, and we ask for nothing else.`;
  const asking = signInUrl ? [paragraph(steps), link('The sign-in page:', signInUrl)] : [];
  if (changed.length + asking.length === 0) return [];
  return [
    {
      html: '<h2>What this means for your address</h2>',
      text: 'What this means for your address\n--------------------------------',
    },
    ...changed,
    ...asking,
  ];
}

const reasons: Readonly<Record<Concerned, string>> = {
  exposed: 'your address is on the list of those concerned. We write to everybody on it',
  someExposed:
    'your address is on the list of those concerned. We write this to everybody on it to whom the above applies',
  newlyExposed:
    'a corrected list has your address among those that were shown. We write to everybody who is newly found in it',
  noLongerExposed:
    'an earlier list had your address among those that were shown, and the corrected one has not. We write to everybody of whom that is true',
  everybody:
    'a corrected list changes what we can say about your address. We write to everybody of whom that is true',
};

function why(told: Told, concerned: Concerned, id: string): Block[] {
  return [
    paragraph(
      `You get this because ${reasons[concerned]}, whether or not they have an account or ever asked for mail from us. It goes out for this reason alone, so there is nothing to unsubscribe from.`,
    ),
    link('The same text, and what follows, is public at', told.permalink),
    paragraph(`Message ${id}`),
  ];
}
