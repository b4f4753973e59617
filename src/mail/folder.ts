import { createHash } from 'node:crypto';
import { composeEml } from './eml.ts';
import type { Mailer, Message, SendResult } from './mailer.ts';
import { assertOneRecipient, assertOneRecipientEach } from './one-recipient.ts';
import { openOutbox, outboxFault, type Outbox } from './outbox.ts';
import { readRawHeaders } from './raw-headers.ts';

/**
 * Delivers into a folder, an .eml per message: for development, demonstrations and tests.
 *
 * A file is named by the message's key alone. The same message again leaves the file that is there and is accepted; other
 * bytes under the same key are `unknown`, as a provider that knows keys has it. A batch is written whole or not at all.
 *
 * @param now stamps the Date header of a message that is written for the first time.
 * @throws OneRecipientError from both functions, before anything is written.
 */
export function folderMailer({
  outboxDir,
  now = () => new Date(),
}: {
  outboxDir: string;
  now?: () => Date;
}): Mailer {
  const outbox = openOutbox(outboxDir);
  return {
    name: 'folder',
    async send(message, signal) {
      assertOneRecipient(message);
      return deliver(outbox, [message], now(), signal);
    },
    async sendBatch({ messages }, signal) {
      assertOneRecipientEach(messages);
      return deliver(outbox, messages, now(), signal);
    },
  };
}

async function deliver(
  outbox: Outbox,
  messages: readonly Message[],
  date: Date,
  signal: AbortSignal,
): Promise<SendResult> {
  try {
    const sheets = await Promise.all(messages.map((message) => sheetFor(outbox, message, date)));
    if (sheets.some(({ state }) => state === 'other')) {
      return { state: 'unknown', reason: 'The outbox holds a message with the same key and other content.' };
    }
    if (signal.aborted) return { state: 'again', reason: 'Writing to the outbox was interrupted.' };
    await outbox.write(sheets.filter(({ state }) => state === 'new'));
    return { state: 'accepted', providerIds: sheets.map(({ id }) => `folder-${id}`) };
  } catch (error) {
    const reason = outboxFault(error, outbox.dir);
    if (!reason) throw error;
    return { state: 'again', reason };
  }
}

type Sheet = { id: string; state: 'new' | 'same' | 'other'; raw: Uint8Array };

async function sheetFor(outbox: Outbox, message: Message, date: Date): Promise<Sheet> {
  const id = createHash('sha256').update(message.idempotencyKey).digest('hex').slice(0, 32);
  const there = await outbox.read(id);
  if (!there) return { id, state: 'new', raw: await composeEml(message, id, date) };
  const raw = await composeEml(message, id, dateOf(there) ?? date);
  return { id, state: Buffer.compare(raw, there) === 0 ? 'same' : 'other', raw };
}

function dateOf(raw: Uint8Array): Date | undefined {
  const value = readRawHeaders(raw)?.find(({ name }) => name === 'date')?.value;
  const date = new Date(value ?? Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date;
}
