import { createHash, type Hash } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { NORM_VERSION, normalisedAddress, type EmailAddress } from '#src/text/email-address.ts';
import { containsName } from '#src/text/names.ts';
import { drawBytes } from '#src/trust/random.ts';
import type { Key } from '#src/trust/seal.ts';
import { exposureKey } from '../address-key.ts';
import { shownName, type ListedLine, type RejectedLine, type Source } from '../readers/lines.ts';
import { keepsItsNumbers, readDeliveries, readLeakedMailing } from '../readers/read-mailing.ts';
import { sealOriginal } from '../sealed.ts';
import {
  COPY_ROWS,
  stageDeliveries,
  stageLines,
  type StagedDelivery,
  type StagedLine,
  type Staging,
} from './staging.ts';

/** Rejected lines kept for the eyes of whoever imports; all of them are counted. */
const REJECTS_SHOWN_MAX = 200;
const BATCH_NO_MAX = 2 ** 31 - 1;

/** A line nobody was read from, and the file it stands in. */
export type Reject = Omit<RejectedLine, 'original' | 'file'> & { source: string };

/** The same with what stands there, for a file that is sealed. */
export type RejectInFull = Reject & Pick<RejectedLine, 'original'>;

/** What reading came to. No address outlives its line. */
export type Reading = {
  /** Lines that gave an address of the mailing. */
  listed: number;
  /** Lines that told something about deliveries. */
  told: number;
  /** How many lines were refused, by reason. */
  rejected: Record<string, number>;
  rejectedLines: number;
  /** The first 200. */
  rejects: Reject[];
  /** SHA-256 (hex) of each file, in the order they were read; the delivery file last. */
  files: string[];
  names: string[];
};

export type ReadingKeys = { exposure: Key; data: Key | undefined };

type Sources = {
  sources: Iterable<Source> | AsyncIterable<Source>;
  delivery: Source | undefined;
  /** Of a list of bare addresses. */
  batchSize: number | undefined;
};

type Listener = {
  onLines: (lines: number) => void;
  onReject: (reject: RejectInFull) => void | Promise<void>;
};

const DELIVERY_FILE = 'delivery file: ';
/** Prefixed as the reasons of the delivery file's own lines are. */
export const UNMATCHED = `${DELIVERY_FILE}it names an address or a batch that is not in the mailing`;

/**
 * Reads everything once, as it arrives, and stages what is left of it: keyed hashes and ciphertexts. Mail files number
 * their messages on from one file to the next; CSV files keep the numbers they give.
 *
 * @throws UnreadableSource when a file is refused.
 */
export async function readSources(
  staging: Staging,
  keys: ReadingKeys,
  { sources, delivery, batchSize }: Sources,
  listener: Listener,
): Promise<Reading> {
  const reading: Reading = {
    listed: 0,
    told: 0,
    rejected: {},
    rejectedLines: 0,
    rejects: [],
    files: [],
    names: [],
  };
  // First, because an upload brings it first and can only be read in its order.
  const told = delivery && (await readTold(staging, keys, delivery, reading, listener));
  let highestBatch = 0;
  let staged = Promise.resolve();
  for await (const source of sources) {
    const offset = keepsItsNumbers(source.name) ? 0 : highestBatch;
    const inspected = inspect(source);
    for await (const chunk of inChunks(readLeakedMailing(inspected.source, { batchSize }))) {
      const lines: StagedLine[] = [];
      for (const line of chunk) {
        if (line.kind === 'rejected') await reject(reading, listener, inSource(line, source.name));
        else lines.push(stagedLine(line, offset, keys));
      }
      for (const line of lines) highestBatch = Math.max(highestBatch, line.batchNo);
      reading.listed += lines.length;
      await staged;
      // The database takes these while the next are read.
      staged = stageLines(staging, lines);
      staged.catch(() => {});
      listener.onLines(reading.listed + reading.rejectedLines);
    }
    await staged;
    reading.files.push(inspected.sha256());
    reading.names.push(source.name);
  }
  if (told) reading.files.push(told);
  return reading;
}

type Decisive = { delivery?: Source | undefined; seal: unknown; batchSize?: number | undefined };

/** SHA-256 (hex) over what decides the result: the files in their order, and the options that change it. */
export function sourceHash(reading: Reading, { delivery, seal, batchSize }: Decisive): string {
  const options = [seal !== 'answer_only', delivery !== undefined, ...(batchSize ? [batchSize] : [])];
  const decisive = ['exposures/v1', NORM_VERSION, ...options, ...reading.files];
  return createHash('sha256').update(JSON.stringify(decisive)).digest('hex');
}

async function readTold(
  staging: Staging,
  keys: ReadingKeys,
  delivery: Source,
  reading: Reading,
  listener: Listener,
): Promise<string> {
  const inspected = inspect(delivery);
  for await (const chunk of inChunks(readDeliveries(inspected.source))) {
    const told: StagedDelivery[] = [];
    for (const line of chunk) {
      if (line.kind === 'rejected') {
        await reject(
          reading,
          listener,
          inSource({ ...line, reason: DELIVERY_FILE + line.reason }, delivery.name),
        );
      } else {
        const { batchNo, delivered, sentAt, measures } = line;
        const addressKey = line.address && exposureKey(keys.exposure, line.address);
        told.push({ addressKey, batchNo, delivered, sentAt, measures });
      }
    }
    reading.told += told.length;
    await stageDeliveries(staging, told);
  }
  return inspected.sha256();
}

/** Of a folder: the file in it. A file can be named after an address. */
function inSource({ file = '', ...line }: RejectedLine, name: string): RejectInFull {
  return { ...line, source: shownName(name + file) };
}

async function reject(reading: Reading, listener: Listener, line: RejectInFull): Promise<void> {
  reading.rejectedLines += 1;
  reading.rejected[line.reason] = (reading.rejected[line.reason] ?? 0) + 1;
  const { original: _unshown, ...shown } = line;
  if (reading.rejects.length < REJECTS_SHOWN_MAX) reading.rejects.push(shown);
  await listener.onReject(line);
}

function stagedLine(line: ListedLine, offset: number, keys: ReadingKeys): StagedLine {
  const batchNo = line.batchNo + offset;
  if (batchNo > BATCH_NO_MAX)
    throw new RangeError('The batch numbers of these files are too high to be joined.');
  return {
    addressKey: exposureKey(keys.exposure, line.address),
    batchNo,
    containsName: containsName(normalisedAddress(line.address)),
    delivered: line.delivered,
    sentAt: line.sentAt,
    measures: line.measures,
    original: keys.data && sealed(keys.data, line.address),
  };
}

function sealed(dataKey: Key, address: EmailAddress): StagedLine['original'] {
  const id = drawBytes(16);
  return { id, sealedAddress: sealOriginal(dataKey, id, address) };
}

/** Hashes the bytes on their way to the reader. */
function inspect(source: Source): { source: Source; sha256(): string } {
  const hash = createHash('sha256');
  return {
    source: { name: source.name, bytes: hashing(source.bytes, hash) },
    sha256: () => hash.digest('hex'),
  };
}

async function* hashing(bytes: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array> {
  for await (const chunk of bytes) {
    hash.update(chunk);
    yield chunk;
  }
}

/** Up to 2,000 lines at a time, giving way to everybody else in between. */
async function* inChunks<Line>(blocks: AsyncIterable<readonly Line[]>): AsyncGenerator<Line[]> {
  let chunk: Line[] = [];
  for await (const block of blocks) {
    for (const line of block) {
      chunk.push(line);
      if (chunk.length < COPY_ROWS) continue;
      yield chunk;
      chunk = [];
      await setImmediate();
    }
  }
  if (chunk.length > 0) yield chunk;
}
