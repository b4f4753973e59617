import { type Source, UnreadableSource } from './lines.ts';
import { joined, opened } from './opened.ts';
import { bufferOf, CR, endOfLines, LINE_BYTES_MAX, LINE_ENDING, PlainText } from './plain-text.ts';

/** Lines without their endings, and the number of the first. `cut`: the file ends within the last of them. */
export type TextLines = { first: number; lines: string[]; cut: boolean };

/**
 * The lines of a text, many at a time, with any line ending. At most a chunk and a megabyte are held.
 *
 * @throws UnreadableSource naming the line: one over 1 MB, NUL bytes, not UTF-8.
 */
export async function* textLines(source: Source): AsyncGenerator<TextLines> {
  const text = new PlainText(source.name);
  let pending: Uint8Array[] = [];
  let pendingBytes = 0;
  let first = 1;
  const read = (bytes: Uint8Array, cut: boolean): TextLines => {
    const whole = text.read(bytes, first);
    const lines = whole.includes('\r') ? whole.split(LINE_ENDING) : whole.split('\n');
    if (!cut) lines.pop();
    if (bytes.length > LINE_BYTES_MAX) {
      const long = lines.findIndex((line) => line.length > LINE_BYTES_MAX);
      if (long !== -1) throw tooLong(source.name, first + long);
    }
    const block = { first, lines, cut };
    first += lines.length;
    return block;
  };

  for await (const chunk of opened(source)) {
    const end = endOfLines(chunk, 0, chunk.length);
    if (end > 0) {
      const whole = chunk.subarray(0, end);
      yield read(pendingBytes === 0 ? whole : joined([...pending, whole]), false);
      pending = [];
      pendingBytes = 0;
    }
    if (end === chunk.length) continue;
    pending.push(chunk.slice(end));
    pendingBytes += chunk.length - end;
    if (pendingBytes > LINE_BYTES_MAX) {
      // A file of other bytes seldom has lines: what it is helps more.
      if (pending.some((part) => bufferOf(part).includes(0))) text.read(joined(pending), first);
      throw tooLong(source.name, first);
    }
  }
  // A CR that waited for its LF ends its line.
  const rest = joined(pending);
  if (rest.length > 0) yield read(rest, rest.at(-1) !== CR);
}

function tooLong(name: string, line: number): UnreadableSource {
  return new UnreadableSource(
    name,
    line,
    'this line is longer than 1 MB. Put one address or record on each line.',
  );
}
