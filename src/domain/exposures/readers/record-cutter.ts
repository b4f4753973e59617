import { UnreadableSource } from './lines.ts';
import { joined, NUL_PROBLEM } from './opened.ts';
import { endOfLines, LINE_BYTES_MAX, lineEndsIn } from './plain-text.ts';

const QUOTE = 0x22;

/** Cuts a table between its records, so that each piece can be read alone: a line break in quotation marks ends none. */
export class RecordCutter {
  /** The line on which the next piece begins: whoever reads a piece counts it on. */
  line = 1;
  readonly #name: string;
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  #quoted = false;
  /** Where the last quotation mark opened, from the beginning of what is pending. */
  #quoteAt = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /** Whole records, valid until the next chunk is asked for; undefined while none is complete. */
  push(chunk: Uint8Array): Uint8Array | undefined {
    const end = this.#endOfRecords(chunk);
    const whole = chunk.subarray(0, end);
    const records = this.#pendingBytes === 0 ? whole : joined([...this.#pending, whole]);
    if (end > 0) {
      this.#quoteAt -= this.#pendingBytes + end;
      this.#pending = [];
      this.#pendingBytes = 0;
    }
    if (end < chunk.length) {
      this.#pending.push(chunk.slice(end));
      this.#pendingBytes += chunk.length - end;
    }
    return end > 0 ? records : undefined;
  }

  /** @throws UnreadableSource when a record goes on over a megabyte. */
  assertBounded(): void {
    if (this.#pendingBytes <= LINE_BYTES_MAX) return;
    const pending = joined(this.#pending);
    const nul = pending.indexOf(0);
    if (nul !== -1) throw this.#refused(pending.subarray(0, nul), NUL_PROBLEM);
    if (this.#quoted) throw this.#neverClosed(pending);
    throw this.#refused(
      pending.subarray(0, 0),
      'this line is longer than 1 MB. Is it a CSV file with a record on each line?',
    );
  }

  /** What is left. @throws UnreadableSource when it is within quotation marks. */
  end(): Uint8Array | undefined {
    const rest = joined(this.#pending);
    if (this.#quoted) throw this.#neverClosed(rest);
    return rest.length > 0 ? rest : undefined;
  }

  #endOfRecords(chunk: Uint8Array): number {
    let end = 0;
    let from = 0;
    while (from < chunk.length) {
      const quote = chunk.indexOf(QUOTE, from);
      const until = quote === -1 ? chunk.length : quote;
      if (!this.#quoted) end = endOfLines(chunk, from, until) || end;
      if (quote === -1) break;
      this.#quoted = !this.#quoted;
      if (this.#quoted) this.#quoteAt = this.#pendingBytes + quote;
      from = quote + 1;
    }
    return end;
  }

  #neverClosed(pending: Uint8Array): UnreadableSource {
    return this.#refused(
      pending.subarray(0, this.#quoteAt),
      'the quotation mark that opens here is never closed. Close it, or double it if it is part of the text.',
    );
  }

  #refused(before: Uint8Array, problem: string): UnreadableSource {
    return new UnreadableSource(this.#name, this.line + lineEndsIn(before), problem);
  }
}
