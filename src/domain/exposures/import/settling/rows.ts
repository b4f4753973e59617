import { copyField, type CopyValue } from '#db/copy.ts';

/** Tables that an import fills, with the columns of the rows it writes. */
export const WRITTEN = {
  exposures: ['list_id', 'address_key', 'batch_no', 'key_version', 'norm_version', 'flags', 'measures'],
  leaked_batches: ['list_id', 'batch_no', 'size', 'delivered', 'stopped', 'sent_at'],
  sealed_originals: ['list_id', 'id', 'sealed_address', 'segment_id'],
} as const;

export type WrittenTable = keyof typeof WRITTEN;

/** Takes rows in COPY's text format; what it waits for, the next rows wait for. */
export type Writer = (table: WrittenTable, rows: Uint8Array<ArrayBuffer>) => Promise<void>;

const FIRST_BYTES = 64 * 1024;
const NEWLINE = 0x0a;

/** Rows of one table on their way to it, some together. */
export class Rows {
  readonly #table: WrittenTable;
  readonly #together: number;
  readonly #write: Writer;
  #bytes = Buffer.allocUnsafe(FIRST_BYTES);
  #used = 0;
  #count = 0;

  constructor(table: WrittenTable, together: number, write: Writer) {
    this.#table = table;
    this.#together = together;
    this.#write = write;
  }

  get full(): boolean {
    return this.#count >= this.#together;
  }

  add(values: readonly CopyValue[]): void {
    this.addText(values.map(copyField).join('\t'));
  }

  /** A row whose fields are joined already. */
  addText(row: string): void {
    // Written at once: thousands of strings that wait to be joined would outlive the nursery.
    const most = this.#used + row.length * 3 + 1;
    if (most > this.#bytes.length)
      this.#bytes = Buffer.concat([this.#bytes], Math.max(most, this.#bytes.length * 2));
    this.#used += this.#bytes.write(row, this.#used, 'utf8');
    this.#bytes[this.#used] = NEWLINE;
    this.#used += 1;
    this.#count += 1;
  }

  async flush(): Promise<void> {
    if (this.#count === 0) return;
    // Bytes of their own, which can be handed to another thread.
    const rows = new Uint8Array(this.#bytes.subarray(0, this.#used));
    this.#used = 0;
    this.#count = 0;
    await this.#write(this.#table, rows);
  }
}
