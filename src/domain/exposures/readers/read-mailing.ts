import { deliveriesInCsv, listedInCsv } from './csv.ts';
import {
  type DeliveryLine,
  type ListedLine,
  type RejectedLine,
  type Source,
  UnreadableSource,
} from './lines.ts';
import { MailboxSplitter } from './mailbox.ts';
import { opened } from './opened.ts';
import { recipientsOf } from './recipients.ts';

/**
 * Everybody a leaked mailing listed, in the order of the file, read as it arrives: neither the file nor a body is ever held.
 * `.mbox` and `.eml` (every message is a leaked batch, counted from 1; a file without an ending is taken for a mailbox) and
 * `.csv`. A file that fails in the middle has already given lines: what was made of them must be undone.
 *
 * @throws UnreadableSource when the whole file is refused.
 */
export function readLeakedMailing(source: Source): AsyncIterable<ListedLine | RejectedLine> {
  const format = formatOf(source.name);
  return format === 'csv' ? listedInCsv(source) : listedInMail(source, { singleMessage: format === 'eml' });
}

/** What a mailbox cannot say, from a CSV file beside it. @throws UnreadableSource when the whole file is refused. */
export function readDeliveries(source: Source): AsyncIterable<DeliveryLine | RejectedLine> {
  return deliveriesInCsv(source);
}

async function* listedInMail(
  source: Source,
  accepts: { singleMessage: boolean },
): AsyncGenerator<ListedLine | RejectedLine> {
  const splitter = new MailboxSplitter(source.name, accepts);
  for await (const chunk of opened(source)) {
    for (const message of splitter.push(chunk)) yield* recipientsOf(message);
  }
  splitter.end();
}

/** `.eml` may hold a mailbox, which is seen in its first line; a mailbox is often a file without an ending, named `mbox`. */
function formatOf(name: string): 'mbox' | 'eml' | 'csv' {
  const ending = /\.([A-Za-z0-9]{1,10})$/.exec(name)?.[1]?.toLowerCase() ?? 'mbox';
  if (ending === 'mbox' || ending === 'eml' || ending === 'csv') return ending;
  throw new UnreadableSource(
    name,
    undefined,
    'only .mbox, .eml and .csv can be read. Convert the file, or give it its right ending.',
  );
}
