import { batchOf, type Recipient } from './recipients.ts';
import { randomFrom, type Random } from './random.ts';

const MESSAGES = 20;
const RECIPIENTS = 1000;
const LAST_RECIPIENTS = 640;
/** The last two were still waiting when somebody pulled the plug. */
const SENT_MESSAGES = 18;
const BETWEEN_MS = 255_000;
const LINE_WIDTH = 78;

const exposed = {
  address: 'mara.lindqvist@customers.example',
  name: 'Mara Lindqvist',
  batchNo: 7,
  measure: 'We reset your password on the same day. You choose a new one the next time you sign in.',
};
const notExposed = { address: 'jonas@customers.example' };

/** A leaked mailing as an operator would find it: the mailbox, and beside it what became of the copies. */
export type DemoMailing = {
  /** An mbox file: a message is a leaked batch. */
  mbox: string;
  /** A CSV file for `--delivery`. */
  delivery: string;
  people: {
    exposed: typeof exposed;
    notExposed: typeof notExposed;
    bounced: readonly { address: string; batchNo: number }[];
  };
  stoppedBatches: readonly number[];
};

/**
 * 20 messages to 1,000 recipients each (the last to 640) in plain view, 18 of them sent, 3 copies bounced. All invented and
 * under domains reserved for examples; about 15 % give a first and a last name away. The same seed gives the same bytes.
 */
export function demoMailing(seed: number, firstSentAt = new Date('2019-11-01T06:00:00Z')): DemoMailing {
  const random = randomFrom(seed);
  const people = new Map<string, Recipient>();
  const batches: Recipient[][] = [];
  for (let batchNo = 1; batchNo <= MESSAGES; batchNo += 1) {
    const fixed = batchNo === exposed.batchNo ? [exposed] : [];
    const size = batchNo === MESSAGES ? LAST_RECIPIENTS : RECIPIENTS;
    batches.push(batchOf(random, { size, fixed, people, reserved: [exposed.address, notExposed.address] }));
  }
  const sentAt = batches.map((_, index) => new Date(firstSentAt.getTime() + index * BETWEEN_MS));
  const bounced = [2, 9, 15].map((batchNo) => ({
    address: batches[batchNo - 1]?.[400]?.address ?? '',
    batchNo,
  }));
  return {
    mbox: batches
      .map((batch, index) => message(random, batch, index + 1, sentAt[index] ?? firstSentAt))
      .join(''),
    delivery: deliveryTable(random, batches, sentAt, bounced),
    people: { exposed, notExposed, bounced },
    stoppedBatches: Array.from({ length: MESSAGES - SENT_MESSAGES }, (_, index) => SENT_MESSAGES + 1 + index),
  };
}

function message(random: Random, batch: readonly Recipient[], batchNo: number, sentAt: Date): string {
  const date = sentAt.toUTCString();
  const [weekday = '', day = '', month = '', year = '', time = ''] = date.replace(',', '').split(' ');
  return [
    `From mail@harbourline.example ${weekday} ${month} ${String(Number(day)).padStart(2)} ${time} ${year}`,
    'From: Harbourline Exchange <mail@harbourline.example>',
    folded('To', recipientList(random, batch)),
    'Subject: Changes to our price indices',
    `Date: ${date.replace('GMT', '+0000')}`,
    `Message-ID: <indices-${String(batchNo).padStart(2, '0')}@harbourline.example>`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    'Dear customer,',
    '',
    '>From the next monthly roll on, our indices take the prices of two more',
    'exchanges into account and leave out the highest and the lowest.',
    '',
    'You do not have to do anything.',
    '',
    'Harbourline Exchange',
    '',
    '',
  ].join('\n');
}

/** Recipients as written by different programs over the years; three of every batch stand in a group. */
function recipientList(random: Random, batch: readonly Recipient[]): string[] {
  const written = batch.map((recipient) => withName(random, recipient));
  const [first, second, third] = written.splice(random.below(batch.length - 3), 3);
  return [...written.map((each) => `${each},`), `Early access: ${first},`, `${second},`, `${third};`];
}

function withName(random: Random, { address, name }: Recipient): string {
  const style = random.below(100);
  if (style >= 30) return address;
  if (/[^ -~]/.test(name)) return `=?utf-8?B?${Buffer.from(name).toString('base64')}?= <${address}>`;
  if (style < 12) return `${name} <${address}>`;
  if (style < 20) return `"${name.split(' ').reverse().join(', ')}" <${address}>`;
  if (style < 26) return `<${address}>`;
  return `${address} (${name})`;
}

/** Breaks between recipients only (RFC 5322 2.2.3). */
function folded(field: string, pieces: readonly string[]): string {
  const lines: string[] = [];
  let line = `${field}:`;
  for (const piece of pieces) {
    if (line.length + 1 + piece.length > LINE_WIDTH) {
      lines.push(line);
      line = '';
    }
    line += ` ${piece}`;
  }
  return [...lines, line].join('\n');
}

/** A row for each batch, one for each bounced copy, and one for each person something was done for. */
function deliveryTable(
  random: Random,
  batches: readonly Recipient[][],
  sentAt: readonly Date[],
  bounced: DemoMailing['people']['bounced'],
): string {
  const reset = new Set([exposed.address]);
  for (const { address } of batches.slice(0, SENT_MESSAGES).flat())
    if (random.below(100) < 9) reset.add(address);
  const ofBatch = batches.map((_, index) =>
    index < SENT_MESSAGES
      ? ['', index + 1, 'yes', sentAt[index]?.toISOString(), '']
      : ['', index + 1, 'stopped', '', ''],
  );
  const ofCopies = bounced.map(({ address, batchNo }) => [address, batchNo, 'bounced', '', '']);
  const ofPeople = [...reset].map((address) => [address, '', '', '', `"${exposed.measure}"`]);
  const header = ['address', 'batch', 'delivered', 'sent_at', 'password_reset'];
  return [header, ...ofBatch, ...ofCopies, ...ofPeople].map((row) => `${row.join(',')}\n`).join('');
}
