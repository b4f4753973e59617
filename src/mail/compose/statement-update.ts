import { link, paragraph, type Block } from './blocks.ts';
import { letter, type Letter, type Site } from './letter.ts';
import { tell, type Told } from './told.ts';

export type Update = Site & {
  told: Told;
  /** Names this mailing; the reader can quote it. */
  id: string;
  /** With `UNSUBSCRIBE_TOKEN_SLOT` in it while a broadcast is rendered. */
  unsubscribeUrl: string;
  preferencesUrl: string;
};

/** To those who asked to hear of statements. The subject is the title: the news, not the fact that there is some. */
export function composeStatementUpdate({ told, ...update }: Update): Letter {
  return letter({
    ...update,
    subject: told.title,
    body: tell(told),
    footer: updateFooter({ told, ...update }, `You asked ${update.siteName} to send you statements.`),
  });
}

/** What every update ends with: where it is public, how to stop it, what it is called. */
export function updateFooter({ told, id, unsubscribeUrl, preferencesUrl }: Update, because: string): Block[] {
  return [
    link('The same text, and what follows, is public at', told.permalink),
    paragraph(because),
    link('To stop these messages:', unsubscribeUrl),
    link('To choose what you get:', preferencesUrl),
    paragraph(`Message ${id}`),
  ];
}
