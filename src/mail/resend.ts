import { Resend } from 'resend';
import type { Mailer, Message } from './mailer.ts';
import { assertOneRecipient, assertOneRecipientEach, OneRecipientError } from './one-recipient.ts';
import { resultOfBatch, resultOfOne } from './resend-answer.ts';
import { readSender, writeSender } from './sender.ts';

/** Always given to the SDK, which would read the environment otherwise. */
const API = 'https://api.resend.com';

/**
 * Hands over to Resend. It neither waits for the rate nor repeats: whoever calls does, with the same key and bytes.
 *
 * @throws OneRecipientError from both functions, before anything leaves.
 */
export function resendMailer({ apiKey, baseUrl }: { apiKey: string; baseUrl?: string | undefined }): Mailer {
  if (!/^[\x21-\x7e]+$/.test(apiKey)) {
    throw new Error(
      'RESEND_API_KEY is empty or has a sign that no key has. Copy it again from https://resend.com/api-keys.',
    );
  }
  const resend = new Resend(apiKey, { baseUrl: (baseUrl ?? API).replace(/\/+$/, '') });
  return {
    name: 'resend',
    async send(message, signal) {
      assertOneRecipient(message);
      return resultOfOne(
        await resend.emails.send(requestOf(message), optionsOf(message.idempotencyKey, signal)),
      );
    },
    async sendBatch({ messages, idempotencyKey }, signal) {
      assertOneRecipientEach(messages);
      const options = { ...optionsOf(idempotencyKey, signal), batchValidation: 'strict' as const };
      return resultOfBatch(await resend.batch.send(messages.map(requestOf), options), messages.length);
    },
  };
}

/** Every field that leaves is named here; there is none for a second recipient. */
function requestOf({ to, from, subject, text, html, headers, tags }: Message) {
  const sender = readSender(from);
  if (!sender) throw new OneRecipientError('its sender is not exactly one address');
  return {
    from: writeSender(sender),
    to: [to],
    subject,
    text,
    html,
    headers: { ...headers },
    tags: Object.entries(tags).map(([name, value]) => ({ name, value })),
  };
}

/** `redirect` reaches fetch through the SDK: addresses follow no redirect to another host. */
function optionsOf(idempotencyKey: string, signal: AbortSignal) {
  if (!/^[\x21-\x7e]{1,256}$/.test(idempotencyKey)) {
    throw new OneRecipientError('its key is not 1 to 256 plain characters');
  }
  return { idempotencyKey, signal, redirect: 'manual' };
}
