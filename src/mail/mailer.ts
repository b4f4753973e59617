import type { EmailAddress } from '#src/text/email-address.ts';

/** Header names the product may set. `To`, `Cc` and `Bcc` are not among them: the recipient is `Message.to`. */
export type MessageHeaders = Readonly<
  Partial<
    Record<
      | 'List-Unsubscribe'
      | 'List-Unsubscribe-Post'
      | 'List-Id'
      | 'Auto-Submitted'
      | 'Feedback-ID'
      | 'X-Entity-Ref-ID',
      string
    >
  >
>;

/** Exactly one recipient: there is no field in which a second address could be seen. */
export type Message = {
  to: EmailAddress;
  /** `Name <address>` or an address: the operator's MAIL_FROM. */
  from: string;
  subject: string;
  text: string;
  html: string;
  headers: MessageHeaders;
  /** Name-value pairs a provider hands back in its webhooks: [A-Za-z0-9_-] only, nothing personal. */
  tags: Readonly<Record<string, string>>;
  /** Same key, same bytes: a provider that knows keys sends a repeat once. */
  idempotencyKey: string;
};

/** Up to 100 messages handed over in one request under one key. Each still has exactly one recipient. */
export type ProviderBatch = {
  messages: readonly Message[];
  idempotencyKey: string;
};

/**
 * What became of a hand-over. Failing is data, never an exception.
 *
 * - `accepted`: the provider has every message; `providerIds` are in the order given.
 * - `again`: may or may not have been accepted (no answer, 5xx, time-out, rate limit): the same key and bytes later.
 * - `refused`: nothing was sent; `index` names the message at fault where the provider said so.
 * - `halted`: nothing was sent and nothing will be until a person acts (bad key, quota, unverified sender).
 * - `unknown`: the key is spent on other bytes or expired: never sent again by itself.
 */
export type SendResult =
  | { state: 'accepted'; providerIds: readonly string[] }
  | { state: 'again'; reason: string; retryAfterMs?: number }
  | { state: 'refused'; reason: string; index?: number }
  | { state: 'halted'; reason: string }
  | { state: 'unknown'; reason: string };

/** The way out. Implementations: folder (an .eml per message), resend. */
export type Mailer = {
  name: 'folder' | 'resend';
  /** Hands over one message. Bounded by `signal`. Never throws for what the outside world does. */
  send(message: Message, signal: AbortSignal): Promise<SendResult>;
  /** Hands over 1 to 100 messages, all or none. */
  sendBatch(batch: ProviderBatch, signal: AbortSignal): Promise<SendResult>;
};
