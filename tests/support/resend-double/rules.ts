/** A message as it is accepted: nothing but these fields, and one recipient. */
export type ReceivedMessage = {
  from: string;
  to: [string];
  subject: string;
  text: string;
  html: string;
  headers: Record<string, string>;
  tags: { name: string; value: string }[];
};

const FIELDS = new Set(['from', 'to', 'subject', 'text', 'html', 'headers', 'tags']);
const HEADERS = new Set([
  'List-Unsubscribe',
  'List-Unsubscribe-Post',
  'List-Id',
  'Auto-Submitted',
  'Feedback-ID',
  'X-Entity-Ref-ID',
]);

/** What Resend would take and we must never send, or what Resend would refuse. Undefined when all is well. */
export function faultInMessage(message: unknown): string | undefined {
  if (!isRecord(message)) return 'The message is not an object.';
  const unknown = Object.keys(message).find((field) => !FIELDS.has(field));
  if (unknown) return `The \`${unknown}\` field is not one this product may send.`;
  return faultInRecipient(message['to']) ?? faultInContent(message) ?? faultInTags(message['tags']);
}

function faultInRecipient(to: unknown): string | undefined {
  if (!Array.isArray(to) || to.length !== 1) return 'The `to` field must be a list of exactly one address.';
  if (typeof to[0] !== 'string' || !/^[^\s\p{Cc},;:<>()"@]+@[^\s\p{Cc},;:<>()"@]+$/u.test(to[0])) {
    return 'The `to` field must be one plain address.';
  }
  return undefined;
}

function faultInContent(message: Record<string, unknown>): string | undefined {
  for (const field of ['from', 'subject', 'text', 'html']) {
    const value = message[field];
    if (typeof value !== 'string' || value === '') return `Missing \`${field}\` field.`;
    if ((field === 'from' || field === 'subject') && /[\r\n]/.test(value))
      return `Invalid \`${field}\` field.`;
  }
  const headers = message['headers'];
  if (!isRecord(headers)) return 'Invalid `headers` field.';
  for (const [name, value] of Object.entries(headers)) {
    if (!HEADERS.has(name)) return `The \`${name}\` header is not one this product may send.`;
    if (typeof value !== 'string' || !/^[\x20-\x7e]+$/.test(value)) return `Invalid \`${name}\` header.`;
  }
  return undefined;
}

function faultInTags(tags: unknown): string | undefined {
  if (!Array.isArray(tags)) return 'Invalid `tags` field.';
  const right = tags.every(
    (tag) =>
      isRecord(tag) &&
      [tag['name'], tag['value']].every((part) => /^[A-Za-z0-9_-]{1,256}$/.test(String(part))),
  );
  return right ? undefined : 'Tags should only contain ASCII letters, numbers, underscores, or dashes.';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
