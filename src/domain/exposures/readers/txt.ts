import { maskedAddress, parseEmailAddress } from '#src/text/email-address.ts';
import { EMPTY_PROBLEM } from './opened.ts';
import { type ListedLine, type RejectedLine, type Source, UnreadableSource } from './lines.ts';
import { textLines } from './text-lines.ts';

/** An address per line. A blank line begins the next leaked batch; so does every address after the first `batchSize`. */
export async function* listedInText(
  source: Source,
  batchSize: number | undefined,
): AsyncGenerator<(ListedLine | RejectedLine)[]> {
  const sizeMax = batchSize ?? Number.POSITIVE_INFINITY;
  let batchNo = 1;
  // Refused lines count: they were recipients too.
  let inBatch = 0;
  let empty = true;
  for await (const { first, lines } of textLines(source)) {
    const read: (ListedLine | RejectedLine)[] = [];
    for (let index = 0; index < lines.length; index += 1) {
      const text = lines[index] ?? '';
      const blank = isBlank(text);
      if (inBatch > 0 && (blank || inBatch === sizeMax)) {
        batchNo += 1;
        inBatch = 0;
      }
      if (blank) continue;
      inBatch += 1;
      read.push(lineOf(text, batchNo, first + index));
    }
    if (read.length === 0) continue;
    empty = false;
    yield read;
  }
  if (empty) throw new UnreadableSource(source.name, undefined, EMPTY_PROBLEM);
}

function lineOf(text: string, batchNo: number, line: number): ListedLine | RejectedLine {
  const parsed = parseEmailAddress(text);
  if (parsed.ok)
    return { kind: 'listed', batchNo, address: parsed.address, line, delivered: 'unknown', measures: {} };
  return { kind: 'rejected', line, reason: parsed.reason, masked: maskedAddress(text), original: text };
}

function isBlank(text: string): boolean {
  return text === '' || /^[ \t]*$/.test(text);
}
