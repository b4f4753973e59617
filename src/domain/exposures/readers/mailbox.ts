import { UnreadableSource } from './lines.ts';
import {
  BODY_LINE_BYTES_MAX,
  fieldNameOf,
  hasDate,
  headerText,
  isUsualField,
  startsWith,
} from './mail-lines.ts';
import { EMPTY_PROBLEM, joined, NUL_PROBLEM } from './opened.ts';

/** One line of a header field; a folded field has several. */
export type HeaderLine = { line: number; text: string };
export type HeaderField = { name: string; lines: [HeaderLine, ...HeaderLine[]] };
/** The fields that say who was written to and when, of one message. */
export type MessageHeader = { batchNo: number; line: number; fields: HeaderField[] };

const KEPT_FIELDS = new Set(['to', 'cc', 'resent-to', 'resent-cc', 'date']);
/** About 50,000 recipients in one message. */
const HEADER_BYTES_MAX = 2_000_000;
/** RFC 5322 allows 998 in a line; a program that does not fold puts everybody into one. */
const HEADER_LINE_BYTES_MAX = 1_000_000;

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const FROM = 'From ';
const EXPORT_AGAIN = 'Export it again and import the whole file.';

/**
 * Splits a mailbox (mboxrd or mboxo) or a single message into the headers of its messages as the bytes arrive. Bodies are
 * dropped at once and a header is held only until its blank line. Lines are of any length in bodies, and end in LF or CRLF.
 */
export class MailboxSplitter {
  readonly #name: string;
  readonly #singleAllowed: boolean;
  readonly #batchesBefore: number;
  #state: 'start' | 'separator' | 'header' | 'body' = 'start';
  /** Known after the first line: one message, in whose body `From ` means nothing. */
  #single = false;
  #lineNo = 1;
  /** A line that has begun and not ended yet. */
  #begun: Uint8Array[] = [];
  #begunBytes = 0;
  #headerBytes = 0;
  #previousBlank = true;
  /** Whether the last `From ` line can be nothing but a separator, should a header follow. */
  #certain = false;
  #message: MessageHeader;
  #field: HeaderField | undefined;
  #complete: MessageHeader[] = [];

  /** `batchesBefore`: its messages are counted on from there. */
  constructor(name: string, accepts: { singleMessage: boolean }, batchesBefore = 0) {
    this.#name = name;
    this.#singleAllowed = accepts.singleMessage;
    this.#batchesBefore = batchesBefore;
    this.#message = { batchNo: batchesBefore, line: 1, fields: [] };
  }

  /** The number of the last message that began. */
  get batches(): number {
    return this.#message.batchNo;
  }

  /** The headers that are complete with these bytes. @throws UnreadableSource */
  push(chunk: Uint8Array): MessageHeader[] {
    let from = 0;
    for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, from)) {
      const line = this.#wholeLine(chunk.subarray(from, at));
      this.#readLine(line.at(-1) === CR ? line.subarray(0, -1) : line);
      this.#lineNo += 1;
      from = at + 1;
    }
    this.#keep(chunk.subarray(from));
    const headers = this.#complete;
    this.#complete = [];
    return headers;
  }

  /** @throws UnreadableSource when the file ends where no message can. */
  end(): void {
    const unfinished = this.#begunBytes > 0;
    if (unfinished) this.#readLine(this.#wholeLine(new Uint8Array()));
    else this.#lineNo -= 1;
    if (this.#state === 'start') throw new UnreadableSource(this.#name, undefined, EMPTY_PROBLEM);
    if (this.#state === 'header' || (this.#state === 'separator' && this.#certain)) {
      throw this.#refused(`the file ends inside the header of a message: it is cut off. ${EXPORT_AGAIN}`);
    }
    if (unfinished && !this.#singleAllowed) {
      throw this.#refused(
        `the file ends in the middle of a line and may be cut off. ${EXPORT_AGAIN} If it is whole, end it with an empty line.`,
      );
    }
  }

  #readLine(bytes: Uint8Array): void {
    if (this.#state === 'header') this.#readHeaderLine(bytes);
    else if (this.#state === 'body') this.#readBodyLine(bytes);
    else if (this.#state === 'separator') this.#readLineAfterSeparator(bytes);
    else this.#readFirstLine(bytes);
    this.#previousBlank = bytes.length === 0;
  }

  #readFirstLine(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    if (bytes.includes(0)) throw this.#refused(NUL_PROBLEM);
    if (startsWith(bytes, FROM)) this.#readSeparator(bytes);
    else if (!this.#singleAllowed) {
      throw this.#refused(
        'a mailbox begins with “From ”, and this file does not. Is it a single message (then name it .eml), or cut off?',
      );
    } else if (fieldNameOf(bytes) === undefined) {
      throw this.#refused(
        'a message begins with fields such as “To:”, and this file does not. Choose another file.',
      );
    } else {
      this.#single = true;
      this.#beginMessage(bytes);
    }
  }

  /** Nearly all programs put a date on the line; for the others an empty line before it must do. */
  #readSeparator(bytes: Uint8Array): void {
    this.#certain = this.#message.batchNo === this.#batchesBefore || hasDate(bytes);
    if (this.#certain || this.#previousBlank) this.#state = 'separator';
  }

  /** A body may hold such a line too: what follows must be a header, or the `>From ` some programs put between. */
  #readLineAfterSeparator(bytes: Uint8Array): void {
    if (startsWith(bytes, '>From ')) return;
    const fieldName = fieldNameOf(bytes);
    if (fieldName !== undefined && (this.#certain || isUsualField(fieldName))) this.#beginMessage(bytes);
    else if (this.#message.batchNo === this.#batchesBefore)
      throw this.#refused(`a message should begin here. ${EXPORT_AGAIN}`);
    else {
      this.#state = 'body';
      this.#readBodyLine(bytes);
    }
  }

  #beginMessage(firstLine: Uint8Array): void {
    this.#state = 'header';
    this.#headerBytes = 0;
    this.#field = undefined;
    this.#message = { batchNo: this.#message.batchNo + 1, line: this.#lineNo, fields: [] };
    this.#readHeaderLine(firstLine);
  }

  #readHeaderLine(bytes: Uint8Array): void {
    this.#headerBytes += bytes.length;
    if (this.#headerBytes > HEADER_BYTES_MAX) {
      throw this.#refused(
        'the header of this message is longer than 2 MB, or has no end. Put its addresses into a CSV file instead.',
      );
    }
    if (bytes.includes(0)) throw this.#refused(NUL_PROBLEM);
    if (bytes.length > HEADER_LINE_BYTES_MAX) throw this.#tooLong(bytes);
    if (startsWith(bytes, FROM)) {
      throw this.#refused(
        `a message begins inside the header of the one before, which is damaged. ${EXPORT_AGAIN}`,
      );
    }
    if (bytes.length === 0) {
      this.#complete.push(this.#message);
      this.#state = 'body';
    } else if (bytes[0] === SPACE || bytes[0] === TAB) {
      this.#field?.lines.push({ line: this.#lineNo, text: headerText(bytes) });
    } else this.#beginField(bytes);
  }

  #beginField(bytes: Uint8Array): void {
    const name = fieldNameOf(bytes);
    this.#field = undefined;
    if (name === undefined || !KEPT_FIELDS.has(name)) return;
    this.#field = { name, lines: [{ line: this.#lineNo, text: headerText(bytes) }] };
    this.#message.fields.push(this.#field);
  }

  #readBodyLine(bytes: Uint8Array): void {
    if (!this.#single && startsWith(bytes, FROM)) this.#readSeparator(bytes);
  }

  #keep(bytes: Uint8Array): void {
    const bytesMax = this.#state === 'body' ? BODY_LINE_BYTES_MAX : HEADER_LINE_BYTES_MAX + 1;
    if (this.#isInHeader() && this.#begunBytes + bytes.length >= bytesMax) throw this.#tooLong(bytes);
    const kept = bytes.slice(0, Math.max(0, bytesMax - this.#begunBytes));
    if (kept.length === 0) return;
    this.#begun.push(kept);
    this.#begunBytes += kept.length;
  }

  #wholeLine(ending: Uint8Array): Uint8Array {
    if (this.#begunBytes === 0) return ending;
    this.#keep(ending);
    const line = joined(this.#begun);
    this.#begun = [];
    this.#begunBytes = 0;
    return line;
  }

  /** Of a line after an uncertain separator only its beginning tells. */
  #isInHeader(): boolean {
    if (this.#state === 'separator') return this.#certain;
    return this.#state !== 'body';
  }

  #tooLong(bytes: Uint8Array): UnreadableSource {
    return this.#refused(
      bytes.includes(0)
        ? NUL_PROBLEM
        : 'this line of a header is longer than 1 MB. Put its addresses into a CSV file instead.',
    );
  }

  #refused(problem: string): UnreadableSource {
    return new UnreadableSource(this.#name, this.#lineNo, problem);
  }
}
