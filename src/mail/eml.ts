import MailComposer from 'nodemailer/lib/mail-composer';
import type { Message } from './mailer.ts';
import { assertOneRecipientRaw, OneRecipientError } from './one-recipient.ts';
import { readSender } from './sender.ts';

/**
 * The message as a file that mail programs open. The same message, id and date always give the same bytes, and they
 * were read back: exactly one recipient.
 *
 * @param id 1 or more of [0-9a-f], made from the message's key; the Message-ID and the part boundaries come from it.
 * @throws OneRecipientError
 */
export async function composeEml(message: Message, id: string, date: Date): Promise<Uint8Array> {
  const sender = readSender(message.from);
  if (!sender) throw new OneRecipientError('its sender is not exactly one address');
  const mail = new MailComposer({
    from: { name: sender.name, address: sender.address },
    to: { name: '', address: message.to },
    subject: message.subject,
    text: message.text,
    html: message.html,
    headers: { ...message.headers },
    messageId: `<${id}@${sender.host}>`,
    date,
    baseBoundary: id,
    newline: 'win',
    disableUrlAccess: true,
    disableFileAccess: true,
  });
  const raw = await mail.compile().build();
  assertOneRecipientRaw(raw, message.to);
  return raw;
}
