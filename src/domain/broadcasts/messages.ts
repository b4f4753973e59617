import type { Audience, BroadcastContent, RenderedMessage } from '#db/schema/index.ts';
import { personalHeaders, updateHeaders } from '#src/mail/compose/headers.ts';
import { composeMaintenanceReminder } from '#src/mail/compose/maintenance-reminder.ts';
import { composeNoticeUpdate } from '#src/mail/compose/notice-update.ts';
import { slottedLetter, UNSUBSCRIBE_TOKEN_SLOT } from '#src/mail/compose/slots.ts';
import { composeStatementDuty, type Concerned } from '#src/mail/compose/statement-duty.ts';
import { composeStatementUpdate } from '#src/mail/compose/statement-update.ts';
import type { Message, MessageHeaders } from '#src/mail/mailer.ts';
import type { EmailAddress } from '#src/text/email-address.ts';
import { KeyStoreError } from '#src/trust/key-files.ts';
import type { KeyStore } from '#src/trust/keys.ts';
import { DomainError } from '../errors.ts';
import type { Letterhead } from '../letters/rules.ts';
import type { Site } from '../site/queries.ts';
import { subscriptionToken } from '../subscribers/tokens.ts';
import { messageKey } from './rules.ts';

export type Writable = {
  id: string;
  purpose: 'duty' | 'update';
  content: BroadcastContent;
  audience: Audience;
};

/**
 * The message as everybody will get it, with a slot where the unsubscribe token goes; duty mail has none.
 *
 * @throws DomainError `conflict` when the content cannot be mailed: it is too long, or would fetch something.
 */
export function renderBroadcast(
  keys: KeyStore,
  broadcast: Writable,
  site: Site,
  letterhead: Letterhead,
): RenderedMessage {
  try {
    return render(keys, broadcast, site, letterhead);
  } catch (error) {
    if (error instanceof KeyStoreError || !(error instanceof Error)) throw error;
    throw new DomainError('conflict', `This cannot be mailed as it is. ${error.message}`);
  }
}

function render(keys: KeyStore, broadcast: Writable, site: Site, letterhead: Letterhead): RenderedMessage {
  const { id, content, purpose } = broadcast;
  const { from, publicUrl: siteUrl } = letterhead;
  const tokenKeyVersion = keys.current('tokens').version;
  const common = { siteName: site.name, siteUrl, language: site.language, told: content, id };
  if (purpose === 'duty') {
    const concerned = concernedOf(broadcast.audience);
    const letter = composeStatementDuty({ ...common, signInUrl: `${siteUrl}/sign-in`, concerned });
    return { from, ...letter, headers: { ...personalHeaders({ id }) }, tokenKeyVersion };
  }
  const topic = topicOf(broadcast.audience);
  const unsubscribeUrl = `${siteUrl}/u/${UNSUBSCRIBE_TOKEN_SLOT}`;
  const update = { ...common, unsubscribeUrl, preferencesUrl: unsubscribeUrl };
  const letter = {
    statements: () => composeStatementUpdate(update),
    notices: () => composeNoticeUpdate({ ...update, effective: content.effective }),
    maintenance: () => composeMaintenanceReminder(update),
  }[topic]();
  return {
    from,
    ...letter,
    headers: { ...updateHeaders({ siteUrl, unsubscribeUrl, broadcastId: id, topic }) },
    tokenKeyVersion,
  };
}

/** Of a segment nothing but that it is not everybody: what its people have in common is nobody's business, nor its name. */
function concernedOf(audience: Audience): Concerned {
  if (audience.kind === 'changed') return audience.part;
  return audience.kind === 'segment' ? 'someExposed' : 'exposed';
}

function topicOf(audience: Audience): 'statements' | 'notices' | 'maintenance' {
  return audience.kind === 'subscribers' ? audience.topic : 'statements';
}

export type Recipient = { deliveryId: string; address: EmailAddress; subscriptionId: string | null };

/** Writes one broadcast's messages, each to one recipient; the same recipient always gives the same message. */
export function messageWriter(
  keys: KeyStore,
  broadcast: { id: string; purpose: 'duty' | 'update'; rendered: RenderedMessage },
): (recipient: Recipient) => Message {
  const { id, purpose, rendered } = broadcast;
  const { from, subject, text, html } = rendered;
  const headers = rendered.headers as MessageHeaders;
  const letter = { subject, text, html };
  const fill = purpose === 'update' ? slottedLetter(letter) : undefined;
  const own = ({ deliveryId, address }: Recipient) => ({
    to: address,
    from,
    tags: { delivery: deliveryId },
    idempotencyKey: messageKey(id, deliveryId),
  });
  const tokenKey = keys.get('tokens', rendered.tokenKeyVersion);
  if (!fill) return (recipient) => ({ ...own(recipient), ...letter, headers });
  return (recipient) => {
    if (!recipient.subscriptionId)
      throw new Error('An update goes to subscribers only; this delivery names none.');
    const token = subscriptionToken(tokenKey, recipient.subscriptionId);
    const listUnsubscribe = headers['List-Unsubscribe']?.replace(UNSUBSCRIBE_TOKEN_SLOT, token) ?? '';
    return {
      ...own(recipient),
      ...fill({ token }),
      headers: { ...headers, 'List-Unsubscribe': listUnsubscribe },
    };
  };
}

/** `reason`: why it cannot be mailed as it is. */
export type Preview = { ok: true; message: RenderedMessage } | { ok: false; reason: string };

/** As a recipient sees it, for the desk: what was frozen, or what would be now. The unsubscribe link in it is nobody's. */
export function previewBroadcast(
  keys: KeyStore,
  broadcast: Writable & { rendered: RenderedMessage | null },
  site: Site,
  letterhead: Letterhead,
): Preview {
  try {
    const rendered = broadcast.rendered ?? renderBroadcast(keys, broadcast, site, letterhead);
    const filled = (text: string) => text.replaceAll(UNSUBSCRIBE_TOKEN_SLOT, 'preview');
    return { ok: true, message: { ...rendered, text: filled(rendered.text), html: filled(rendered.html) } };
  } catch (error) {
    if (!(error instanceof DomainError)) throw error;
    return { ok: false, reason: error.message };
  }
}
