import type { Mailer, Message, ProviderBatch, SendResult } from '#src/mail/mailer.ts';

export type TestOutbox = Mailer & {
  /** What was accepted, each once: a repeat of a key is a repeat. */
  sent: Message[];
  /** Every request made, accepted or not. */
  requests: { key: string; messages: readonly Message[] }[];
  /** What the next requests come to; when there is nothing left, they are accepted. */
  next: SendResult[];
};

/** A provider in memory that knows keys: same key and bytes, same answer; other bytes are `unknown`. */
export function testOutbox(): TestOutbox {
  const sent: Message[] = [];
  const requests: TestOutbox['requests'] = [];
  const next: SendResult[] = [];
  const answered = new Map<string, { bytes: string; providerIds: string[] }>();

  function take({ messages, idempotencyKey: key }: ProviderBatch): SendResult {
    requests.push({ key, messages });
    const planned = next.shift();
    if (planned && planned.state !== 'accepted') return planned;
    const bytes = JSON.stringify(messages);
    const before = answered.get(key);
    if (before && before.bytes !== bytes)
      return { state: 'unknown', reason: 'The key was used for other bytes.' };
    if (!before) sent.push(...messages);
    const providerIds = before?.providerIds ?? messages.map((_, index) => `${key}#${index}`);
    answered.set(key, { bytes, providerIds });
    return { state: 'accepted', providerIds };
  }

  return {
    name: 'folder',
    sent,
    requests,
    next,
    send: async (message) => take({ messages: [message], idempotencyKey: message.idempotencyKey }),
    sendBatch: async (batch) => take(batch),
  };
}
