import { Buffer } from 'node:buffer';
import { type Source, shownName, UnreadableSource } from './lines.ts';
import { joined } from './opened.ts';

/*
 * A folder of messages as one stream of bytes, so that it is hashed, cancelled and read once like any file: before each
 * message a line with its length in bytes and its name as JSON.
 */

const LF = 0x0a;
/** A name of 255 bytes, all of them escaped. */
const HEAD_BYTES_MAX = 2000;

/** The line before a message. */
export function messageHead(name: string, bytes: number): Uint8Array {
  return Buffer.from(`${bytes} ${JSON.stringify(name)}\n`);
}

/** The messages of a folder, each to be read to its end before the next; `file` is its name as it may be shown. */
export async function* messagesIn(folder: Source): AsyncGenerator<{ file: string; message: Source }> {
  const stream = new Taking(folder);
  try {
    for (let none = true; ; none = false) {
      const head = await stream.line();
      if (head === undefined && none) throw notFolder(folder.name);
      if (head === undefined) return;
      const { name, length } = headOf(folder.name, head);
      yield { file: shownName(name), message: { name: `${folder.name}${name}`, bytes: stream.take(length) } };
    }
  } finally {
    await stream.close();
  }
}

function headOf(folderName: string, head: string): { name: string; length: number } {
  const [, digits, quoted = ''] = /^(\d{1,15}) (".*")$/.exec(head) ?? [];
  try {
    return { name: String(JSON.parse(quoted)), length: Number(digits) };
  } catch {
    throw notFolder(folderName);
  }
}

function notFolder(name: string): UnreadableSource {
  return new UnreadableSource(name, undefined, 'a folder can be imported on the command line only.');
}

class Taking {
  readonly #folder: Source;
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest = new Uint8Array();

  constructor(folder: Source) {
    this.#folder = folder;
    this.#chunks = folder.bytes[Symbol.asyncIterator]();
  }

  /** Undefined at the end. */
  async line(): Promise<string | undefined> {
    let end = this.#rest.indexOf(LF);
    while (end === -1) {
      if (this.#rest.length > HEAD_BYTES_MAX) throw notFolder(this.#folder.name);
      const next = await this.#chunks.next();
      if (next.done && this.#rest.length === 0) return undefined;
      if (next.done) throw notFolder(this.#folder.name);
      this.#rest = joined([this.#rest, next.value]);
      end = this.#rest.indexOf(LF);
    }
    const line = Buffer.from(this.#rest.subarray(0, end)).toString('utf8');
    this.#rest = this.#rest.subarray(end + 1);
    return line;
  }

  async *take(length: number): AsyncGenerator<Uint8Array> {
    let left = length;
    while (left > 0) {
      if (this.#rest.length === 0) {
        const next = await this.#chunks.next();
        if (next.done) throw notFolder(this.#folder.name);
        this.#rest = joined([next.value]);
      }
      const taken = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(taken.length);
      left -= taken.length;
      if (taken.length > 0) yield taken;
    }
  }

  async close(): Promise<void> {
    await this.#chunks.return?.();
  }
}
