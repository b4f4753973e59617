import { type EmailAddress, maskedAddress, parseEmailAddress } from '#src/text/email-address.ts';
import { CELL_REFUSALS } from './cells.ts';
import type { Delivered, DeliveryLine, ListedLine, RejectedLine } from './lines.ts';

/** One record of a table: what it says beside the address. */
export type Row = {
  batchNo: number | undefined;
  delivered: Delivered;
  sentAt: Date | undefined;
  measures: Record<string, string>;
};

/** A record that was read, or the reason why it cannot be, with what stands for the address. */
export type ReadRow = { line: number; address: string; row: Row | string };

/** A list of addresses: the leaked batch is 1 unless the row tells another. */
export function listedLine({ line, address, row }: ReadRow): ListedLine | RejectedLine {
  if (typeof row === 'string') return rejectedLine(line, row, address);
  const parsed = parseEmailAddress(address);
  if (!parsed.ok) return rejectedLine(line, parsed.reason, address);
  const { batchNo = 1, delivered, sentAt, measures } = row;
  const listed = { kind: 'listed', batchNo, address: parsed.address, line, delivered, measures } as const;
  return sentAt ? { ...listed, sentAt } : listed;
}

/** What became of copies: a row may leave the address or the batch blank, not both. */
export function deliveryLine({ line, address, row }: ReadRow): DeliveryLine | RejectedLine {
  if (typeof row === 'string') return rejectedLine(line, row, address);
  const { batchNo, sentAt, ...rest } = row;
  const named = address === '' ? undefined : parseEmailAddress(address);
  if (named?.ok === false) return rejectedLine(line, named.reason, address);
  if (!named && batchNo === undefined) return rejectedLine(line, CELL_REFUSALS.nothingNamed, address);
  const mailbox: { address?: EmailAddress } = named?.ok ? { address: named.address } : {};
  const batch = batchNo === undefined ? {} : { batchNo };
  const moment = sentAt ? { sentAt } : {};
  return { kind: 'delivery', line, ...batch, ...mailbox, ...moment, ...rest };
}

export function rejectedLine(line: number, reason: string, original: string): RejectedLine {
  return { kind: 'rejected', line, reason, masked: maskedAddress(original), original };
}
