import { paragraph } from './blocks.ts';
import { letter, type Letter } from './letter.ts';
import { updateFooter, type Update } from './statement-update.ts';
import { tell } from './told.ts';

/** To those who asked to hear of notices. */
export function composeNoticeUpdate({
  told,
  effective,
  ...update
}: Update & {
  /** When it takes effect, in words with the zone; absent when it already has. */
  effective?: string | undefined;
}): Letter {
  const above = effective ? [paragraph(`This takes effect on ${effective}.`)] : [];
  return letter({
    ...update,
    subject: told.title,
    body: tell(told, above),
    footer: updateFooter({ told, ...update }, `You asked ${update.siteName} to send you notices.`),
  });
}
