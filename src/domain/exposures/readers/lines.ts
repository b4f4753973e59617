import type { EmailAddress } from '#src/text/email-address.ts';

/**
 * A file, a folder or an upload: its name, as the operator knows it, and its bytes, read once and in order. The name of a
 * folder ends in a slash, and its bytes are those of `folder.ts`.
 */
export type Source = {
  name: string;
  bytes: AsyncIterable<Uint8Array>;
  /** How many there will be, where that is known before. */
  size?: number | undefined;
};

/** What became of one copy. `bounced`: sent and not taken in. `stopped`: never sent. `unknown`: the file does not say. */
export type Delivered = 'yes' | 'bounced' | 'stopped' | 'unknown';

/** One address in one leaked batch. `line` is that of the file. */
export type ListedLine = {
  kind: 'listed';
  batchNo: number;
  address: EmailAddress;
  line: number;
  delivered: Delivered;
  sentAt?: Date;
  /** By the name of their column, as written; blank ones are left out. */
  measures: Record<string, string>;
};

/**
 * What a mailbox cannot say. Without an address it is about the whole batch; without a batch, about every copy of the
 * address. What is said of an address stands over what is said of its batch.
 */
export type DeliveryLine = {
  kind: 'delivery';
  batchNo?: number;
  address?: EmailAddress;
  line: number;
  delivered: Delivered;
  sentAt?: Date;
  measures: Record<string, string>;
};

/** A line nobody was read from. The reasons are a closed set of plain words; `masked` is safe to show. */
export type RejectedLine = {
  kind: 'rejected';
  /** The message's own file, when the source is a folder: `line` is a line of it. */
  file?: string;
  line: number;
  reason: string;
  masked: string;
  /** As the file has it: only for a file that is sealed to the operator, never for eyes, logs or the database. */
  original: string;
};

/** The whole file is refused. The message names file, line and reason, says what to do, and holds no address. */
export class UnreadableSource extends Error {
  override readonly name = 'UnreadableSource';
  readonly line: number | undefined;

  constructor(source: string, line: number | undefined, problem: string) {
    const name = shownName(source);
    super(line === undefined ? `${name}: ${problem}` : `${name}, line ${line}: ${problem}`);
    this.line = line;
  }
}

/** A message that was saved as a file is often named after who wrote it. */
export function shownName(name: string): string {
  return name.replace(/[^\s,/]*@[^\s,/]*/g, '(address)');
}
