import { eq } from '#db/drizzle.ts';
import { subscriptions } from '#db/schema/index.ts';
import { composeConfirmSubscription } from '#src/mail/compose/confirm-subscription.ts';
import { personalHeaders } from '#src/mail/compose/headers.ts';
import type { Letterhead, LetterWriter, LetterWriters } from '../letters/rules.ts';
import { getSite } from '../site/queries.ts';
import { CONFIRM_HOURS } from './rules.ts';
import { confirmationToken } from './tokens.ts';

/** The letter that asks the owner of a mailbox to confirm. */
export function subscriberLetters(letterhead: Letterhead): LetterWriters {
  return { confirm_subscription: { write: confirmationWriter(letterhead) } };
}

/** It names no topics: they can change between two attempts, and the bytes may not. */
function confirmationWriter({ from, publicUrl }: Letterhead): LetterWriter {
  return async (db, keys, subscriptionId, to) => {
    const [row] = await db
      .select({ id: subscriptions.id })
      .from(subscriptions)
      .where(eq(subscriptions.id, subscriptionId));
    if (!row) return undefined;
    // The oldest key: a rotation between two attempts must not change the bytes.
    const key = keys.active('tokens').at(-1) ?? keys.current('tokens');
    const token = confirmationToken(key, row.id);
    const letter = composeConfirmSubscription({
      siteName: (await getSite(db)).name,
      siteUrl: publicUrl,
      link: `${publicUrl}/confirm/${token}`,
      topics: [],
      hours: CONFIRM_HOURS,
    });
    return { to, from, ...letter, headers: personalHeaders({ id: row.id }) };
  };
}
