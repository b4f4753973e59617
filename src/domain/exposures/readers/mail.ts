import { messagesIn } from './folder.ts';
import type { ListedLine, RejectedLine, Source } from './lines.ts';
import { MailboxSplitter } from './mailbox.ts';
import { opened } from './opened.ts';
import { recipientsOf } from './recipients.ts';

type Lines = (ListedLine | RejectedLine)[];

/** Everybody in the headers of a mailbox or message. `batchesBefore`: the batches are counted on from there. */
export async function* listedInMail(
  source: Source,
  accepts: { singleMessage: boolean },
  batchesBefore = 0,
): AsyncGenerator<Lines, number> {
  const splitter = new MailboxSplitter(source.name, accepts, batchesBefore);
  for await (const chunk of opened(source)) {
    const lines: Lines = [];
    for (const message of splitter.push(chunk)) {
      for (const line of recipientsOf(message)) lines.push(line);
    }
    if (lines.length > 0) yield lines;
  }
  splitter.end();
  return splitter.batches;
}

/** Everybody in a folder of messages: its batches are counted through, file after file. */
export async function* listedInFolder(folder: Source): AsyncGenerator<Lines> {
  let batches = 0;
  for await (const { file, message } of messagesIn(folder)) {
    const chunks = listedInMail(message, { singleMessage: true }, batches);
    for (;;) {
      const next = await chunks.next();
      if (next.done) {
        batches = next.value;
        break;
      }
      yield next.value.map((line) => (line.kind === 'rejected' ? { ...line, file } : line));
    }
  }
}
