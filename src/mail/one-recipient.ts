import { normalisedAddress, parseEmailAddress, type EmailAddress } from '#src/text/email-address.ts';
import type { Message, MessageHeaders } from './mailer.ts';
import { readRawHeaders } from './raw-headers.ts';
import { readSender } from './sender.ts';

/** A message that must not leave. Nothing was handed over. The text names the part at fault and never quotes it. */
export class OneRecipientError extends Error {
  override readonly name = 'OneRecipientError';

  constructor(fault: string, place = '') {
    super(
      `A message was held back${place}: ${fault}. Nothing was sent. This is a fault of the program: report it.`,
    );
  }
}

/** Resend's limit for one request (https://resend.com/docs/api-reference/emails/send-batch-emails). */
const MESSAGES_MAX = 100;

const SETTABLE: Readonly<Record<keyof MessageHeaders, true>> = {
  'List-Unsubscribe': true,
  'List-Unsubscribe-Post': true,
  'List-Id': true,
  'Auto-Submitted': true,
  'Feedback-ID': true,
  'X-Entity-Ref-ID': true,
};

const RAW_HEADERS: ReadonlySet<string> = new Set([
  ...['from', 'to', 'subject', 'message-id', 'date'],
  ...['mime-version', 'content-type', 'content-transfer-encoding'],
  ...Object.keys(SETTABLE).map((name) => name.toLowerCase()),
]);

/**
 * Holds a message against the rule at run time, whatever the types promised: one address, nothing that could open a
 * header or a second recipient.
 *
 * @throws OneRecipientError
 */
export function assertOneRecipient(message: Message, place = ''): void {
  const fault = faultIn(message);
  if (fault) throw new OneRecipientError(fault, place);
}

/**
 * The same for 1 to 100 messages of one request; besides, no two go to one mailbox and no two share a key.
 *
 * @throws OneRecipientError
 */
export function assertOneRecipientEach(messages: readonly Message[]): void {
  if (messages.length === 0 || messages.length > MESSAGES_MAX) {
    throw new OneRecipientError(`a request carries 1 to ${MESSAGES_MAX} messages, not ${messages.length}`);
  }
  messages.forEach((message, index) => assertOneRecipient(message, ` (position ${index})`));
  if (new Set(messages.map((message) => normalisedAddress(message.to))).size < messages.length) {
    throw new OneRecipientError('two messages of one request go to the same mailbox');
  }
  if (new Set(messages.map((message) => message.idempotencyKey)).size < messages.length) {
    throw new OneRecipientError('two messages of one request have the same key');
  }
}

/**
 * Reads the bytes back as a receiver would: one From, one To with exactly this address, and no header that the product
 * does not set, hence no Cc, Bcc or Resent-*.
 *
 * @throws OneRecipientError
 */
export function assertOneRecipientRaw(raw: Uint8Array, to: EmailAddress): void {
  const headers = readRawHeaders(raw);
  if (!headers) throw new OneRecipientError('its head is not well formed');
  const names = headers.map(({ name }) => name);
  if (names.some((name) => !RAW_HEADERS.has(name)))
    throw new OneRecipientError('it has a header that is not allowed');
  if (new Set(names).size < names.length) throw new OneRecipientError('it has the same header twice');
  if (!names.includes('from')) throw new OneRecipientError('it has no From header');
  const value = headers.find(({ name }) => name === 'to')?.value;
  if (value === undefined) throw new OneRecipientError('it has no To header');
  if (loneMailbox(value) !== to)
    throw new OneRecipientError('its To header is not exactly its one recipient');
}

function faultIn(message: Message): string | undefined {
  if (!isOneAddress(message.to)) return 'its recipient is not exactly one plain address';
  if (!isOneLine(message.from) || !readSender(message.from)) return 'its sender is not exactly one address';
  if (!isOneLine(message.subject)) return 'its subject has a line break or a control character';
  if (!/^[\x21-\x7e]{1,256}$/.test(message.idempotencyKey)) return 'its key is not 1 to 256 plain characters';
  for (const [name, value] of Object.entries(message.headers)) {
    if (!Object.hasOwn(SETTABLE, name)) return 'it has a header that is not allowed';
    if (!/^[\x20-\x7e]+$/.test(value)) return `its ${name} header is empty or has a sign that is not allowed`;
  }
  for (const pair of Object.entries(message.tags)) {
    if (!pair.every((part) => /^[A-Za-z0-9_-]{1,256}$/.test(part)))
      return 'a tag has a sign that is not allowed';
  }
  return undefined;
}

/** Every sign that lists, groups, comments, names or quotes addresses in RFC 5322 is refused, and encoded words. */
function isOneAddress(to: unknown): boolean {
  return typeof to === 'string' && to.length <= 254 && ONE_ADDRESS.test(to) && !ENCODED_WORD.test(to);
}

const ONE_ADDRESS = /^[^\p{C}\p{Z},;:<>()[\]\\"@]+@[^\p{C}\p{Z},;:<>()[\]\\"@]+$/u;

/** RFC 2047: a decoder on the way could read it as another address. */
const ENCODED_WORD = /=\?[^?]+\?[bq]\?/i;

function isOneLine(text: unknown): text is string {
  return typeof text === 'string' && !/[\p{Cc}\u2028\u2029]/u.test(text);
}

/** `a@b`, `<a@b>` or `<"a..b"@c>`: a composer quotes a local part with dots in unusual places. */
function loneMailbox(value: string): EmailAddress | undefined {
  const bare = /^<(.*)>$/.exec(value)?.[1] ?? value;
  const [, quoted, domain] = /^"((?:[^"\\]|\\.)*)"@([^"@]+)$/.exec(bare) ?? [];
  const parsed = parseEmailAddress(
    quoted === undefined ? bare : `${quoted.replace(/\\(.)/g, '$1')}@${domain}`,
  );
  return parsed.ok ? parsed.address : undefined;
}
