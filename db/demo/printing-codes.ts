import type { Mailer, Message } from '#src/mail/mailer.ts';

/** Those who have confirmed before the demonstration began: their letters are in the outbox, and need no answer. */
const HAVE_CONFIRMED = /@(?:readers|customers)\.example$/;

/** Shows each sign-in code, and each link that confirms a subscription, on the terminal when it leaves: in the demonstration nobody reads the mailbox. */
export function printingCodes(mailer: Mailer): Mailer {
  const show = (message: Message) => {
    const code = /\b[A-Z0-9]{4}-[A-Z0-9]{4}\b/.exec(message.text)?.[0];
    if (code && message.tags['kind']?.includes('code'))
      process.stdout.write(`\nCode for ${message.to}: ${code}\n`);
    const link = /https?:\/\/\S+\/confirm\/\S+/.exec(message.text)?.[0];
    if (link && !HAVE_CONFIRMED.test(message.to))
      process.stdout.write(`\nTo confirm ${message.to}: ${link}\n`);
  };
  return {
    name: mailer.name,
    async send(message, signal) {
      const result = await mailer.send(message, signal);
      if (result.state === 'accepted') show(message);
      return result;
    },
    async sendBatch(batch, signal) {
      const result = await mailer.sendBatch(batch, signal);
      if (result.state === 'accepted') for (const message of batch.messages) show(message);
      return result;
    },
  };
}
