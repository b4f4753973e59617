import PostalMime from 'postal-mime';

/** A mail as somebody's mail program reads it. */
export type ReadMail = {
  to: string;
  recipients: number;
  subject: string;
  text: string;
  html: string;
  date: Date;
  raw: string;
};

export async function parseMail(raw: string): Promise<ReadMail> {
  const mail = await PostalMime.parse(raw);
  const recipients = [...(mail.to ?? []), ...(mail.cc ?? []), ...(mail.bcc ?? [])];
  return {
    to: recipients[0]?.address ?? '',
    recipients: recipients.length,
    subject: mail.subject ?? '',
    text: mail.text ?? '',
    html: mail.html ?? '',
    date: new Date(mail.date ?? 0),
    raw,
  };
}
