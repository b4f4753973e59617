import type { MessageHeaders } from '../mailer.ts';

/**
 * Of mail that somebody asked to get: RFC 8058 one-click unsubscribing, RFC 2919 list, RFC 3834. Feedback-ID says which
 * broadcast and never which recipient (https://support.google.com/mail/answer/6254652).
 */
export function updateHeaders({
  siteUrl,
  unsubscribeUrl,
  broadcastId,
  topic,
}: {
  siteUrl: string;
  /** Of this recipient. It must answer a POST without a cookie. */
  unsubscribeUrl: string;
  broadcastId: string;
  topic: 'statements' | 'notices' | 'maintenance';
}): MessageHeaders {
  return {
    'List-Unsubscribe': `<${unsubscribeUrl}>`,
    'List-Unsubscribe-Post': 'List-Unsubscribe=One-Click',
    'List-Id': `<${topic}.${new URL(siteUrl).hostname}>`,
    'Feedback-ID': `${broadcastId}:${topic}:update:forthright`,
    ...personalHeaders({ id: broadcastId }),
  };
}

/** Of duty mail, codes and confirmations: nothing to unsubscribe from. The id keeps mail programs from folding two letters into one. */
export function personalHeaders({ id }: { id: string }): MessageHeaders {
  return { 'Auto-Submitted': 'auto-generated', 'X-Entity-Ref-ID': id };
}
