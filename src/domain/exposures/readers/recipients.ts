import { addressParser } from 'postal-mime';
import { parseEmailAddress } from '#src/text/email-address.ts';
import type { ListedLine, RejectedLine } from './lines.ts';
import type { HeaderField, MessageHeader } from './mailbox.ts';
import { rejectedLine } from './rows.ts';

export const RECIPIENT_REFUSALS = {
  nobody: 'the message names nobody in To or Cc',
  notRecipient: 'it stands in a name or a comment, or the comma before it is missing',
  encoded: 'it is hidden in an encoded name',
} as const;

type Lines = (ListedLine | RejectedLine)[];

const NONE = {};

/** Everybody a message showed to everybody in it, and all in its To and Cc that looks like an address and is no recipient. */
export function recipientsOf(message: MessageHeader): Lines {
  const sentAt = sentAtOf(message);
  const lines: Lines = [];
  for (const field of message.fields) {
    if (field.name !== 'date') addRecipientsIn(field, message.batchNo, sentAt, lines);
  }
  if (lines.length === 0)
    lines.push({
      kind: 'rejected',
      line: message.line,
      reason: RECIPIENT_REFUSALS.nobody,
      masked: '',
      original: '',
    });
  return lines;
}

function addRecipientsIn(field: HeaderField, batchNo: number, sentAt: Date | undefined, lines: Lines): void {
  const lineOf = mentionsIn(field);
  const accountedFor = new Set<string>();
  for (const { address: written = '', name } of addressParser(valueOf(field), { flatten: true })) {
    const parsed = parseEmailAddress(written || name);
    if (parsed.ok && written !== '') {
      accountedFor.add(written);
      const line = lineOf.get(written) ?? field.lines[0].line;
      const { address } = parsed;
      const listed: ListedLine = {
        kind: 'listed',
        batchNo,
        address,
        line,
        delivered: 'unknown',
        measures: NONE,
      };
      if (sentAt) listed.sentAt = sentAt;
      lines.push(listed);
      continue;
    }
    const mentioned = wordsWithAt(written);
    // Several in one, behind a quotation mark that is never closed: nobody is lost without a line.
    if (mentioned.length > 1) continue;
    for (const word of mentioned) accountedFor.add(word);
    const line = lineOf.get(mentioned[0] ?? '') ?? field.lines[0].line;
    lines.push(rejectedLine(line, parsed.ok ? RECIPIENT_REFUSALS.encoded : parsed.reason, written || name));
  }
  const unaccounted = [...lineOf].filter(([word]) => !accountedFor.has(word));
  if (unaccounted.length === 0) return;
  const lowered = new Set([...accountedFor].map((word) => word.toLowerCase()));
  for (const [word, line] of unaccounted) {
    if (!lowered.has(word.toLowerCase()))
      lines.push(rejectedLine(line, RECIPIENT_REFUSALS.notRecipient, word));
  }
}

/** Every word of the field that looks like an address, with the first line it stands on. */
function mentionsIn(field: HeaderField): Map<string, number> {
  const lineOf = new Map<string, number>();
  for (const { line, text } of field.lines) {
    for (const word of wordsWithAt(text)) if (!lineOf.has(word)) lineOf.set(word, line);
  }
  return lineOf;
}

function wordsWithAt(text: string): string[] {
  return text
    .split(/[\s<>,;:"()[\]]/)
    .filter(
      (word) =>
        word.indexOf('@') > 0 && word.lastIndexOf('.') > word.indexOf('@') + 1 && !word.startsWith('=?'),
    )
    .map((word) => (word.startsWith("'") && word.endsWith("'") ? word.slice(1, -1) : word));
}

/** Unfolded (RFC 5322 2.2.3), without the name of the field. */
function valueOf(field: HeaderField): string {
  const unfolded = field.lines.map((line) => line.text).join('');
  return unfolded.slice(unfolded.indexOf(':') + 1);
}

const MAIL_DATE =
  /^\s*(?:[A-Za-z]{3},\s*)?\d{1,2} +[A-Za-z]{3} +\d{4} +\d{2}:\d{2}(?::\d{2})? +(?:[+-]\d{4}|UTC?|GMT|Z|[ECMP][SD]T)/;

/** A date without a zone would be read in this machine's: it says nothing then. */
function sentAtOf(message: MessageHeader): Date | undefined {
  const field = message.fields.find(({ name }) => name === 'date');
  const written = field && MAIL_DATE.exec(valueOf(field))?.[0].replace(/ UT$/, ' UTC');
  if (!written) return undefined;
  const sentAt = new Date(written);
  return Number.isNaN(sentAt.getTime()) ? undefined : sentAt;
}
