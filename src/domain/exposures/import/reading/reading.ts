import { createHash, type Hash } from 'node:crypto';
import { shownName, type RejectedLine, type Source } from '../../readers/lines.ts';
import { keepsItsNumbers, readDeliveries, readLeakedMailing } from '../../readers/read-mailing.ts';
import type { BlockLine } from '../block.ts';
import type { Segment } from '../segments.ts';
import { SegmentMarks } from './segment-marks.ts';

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
  /** Names of segments in whose column no line had anything. */
  segmentsWithoutColumn: string[];
};

type Sources = {
  sources: AsyncIterable<Source>;
  delivery: Source | undefined;
  /** Of a list of bare addresses. */
  batchSize: number | undefined;
  segments?: readonly Segment[];
};

type Listener = {
  onListed: (lines: readonly BlockLine[]) => Promise<void>;
  onTold: (lines: readonly BlockLine[]) => Promise<void>;
  onRejects: (rejects: readonly RejectInFull[]) => Promise<void>;
  onLines: (lines: number) => void;
};

const DELIVERY_FILE = 'delivery file: ';
/** Prefixed as the reasons of the delivery file's own lines are. */
export const UNMATCHED = `${DELIVERY_FILE}it names an address or a batch that is not in the mailing`;

/**
 * Reads everything once, as it arrives. Mail files number their messages on from one file to the next; CSV files keep the
 * numbers they give.
 *
 * @throws UnreadableSource when a file is refused; RangeError when the numbers of its messages grow too high.
 */
export async function readSources(
  { sources, delivery, batchSize, segments = [] }: Sources,
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
    segmentsWithoutColumn: [],
  };
  const marks = segments.length === 0 ? undefined : new SegmentMarks(segments);
  // First, because an upload brings it first and can only be read in its order.
  const told = delivery && (await readTold(delivery, reading, marks, listener));
  let highestBatch = 0;
  for await (const source of sources) {
    const offset = keepsItsNumbers(source.name) ? 0 : highestBatch;
    const inspected = inspect(source);
    for await (const lines of readLeakedMailing(inspected.source, { batchSize })) {
      const listed: BlockLine[] = [];
      const refused: RejectInFull[] = [];
      for (const line of lines) {
        if (line.kind === 'rejected') refused.push(inSource(line, source.name));
        else {
          line.batchNo = numbered(line.batchNo, offset);
          highestBatch = Math.max(highestBatch, line.batchNo);
          marks?.mark(line);
          listed.push(line);
        }
      }
      reading.listed += listed.length;
      await listener.onListed(listed);
      await reject(reading, listener, refused);
      listener.onLines(reading.listed + reading.rejectedLines);
    }
    reading.files.push(inspected.sha256());
    reading.names.push(source.name);
  }
  if (told) reading.files.push(told);
  if (marks) reading.segmentsWithoutColumn = marks.withoutColumn();
  return reading;
}

async function readTold(
  delivery: Source,
  reading: Reading,
  marks: SegmentMarks | undefined,
  listener: Listener,
): Promise<string> {
  const inspected = inspect(delivery);
  for await (const lines of readDeliveries(inspected.source)) {
    const told: BlockLine[] = [];
    const refused: RejectInFull[] = [];
    for (const line of lines) {
      if (line.kind === 'rejected') {
        refused.push(inSource({ ...line, reason: DELIVERY_FILE + line.reason }, delivery.name));
      } else {
        const said: BlockLine = { ...line, address: line.address ?? '', batchNo: line.batchNo ?? 0 };
        marks?.mark(said);
        told.push(said);
      }
    }
    reading.told += told.length;
    await listener.onTold(told);
    await reject(reading, listener, refused);
  }
  return inspected.sha256();
}

/** Of a folder: the file in it. A file can be named after an address. */
function inSource({ file = '', ...line }: RejectedLine, name: string): RejectInFull {
  return { ...line, source: shownName(name + file) };
}

async function reject(reading: Reading, listener: Listener, refused: readonly RejectInFull[]): Promise<void> {
  if (refused.length === 0) return;
  reading.rejectedLines += refused.length;
  for (const { original: _unshown, ...line } of refused) {
    reading.rejected[line.reason] = (reading.rejected[line.reason] ?? 0) + 1;
    if (reading.rejects.length < REJECTS_SHOWN_MAX) reading.rejects.push(line);
  }
  await listener.onRejects(refused);
}

function numbered(batchNo: number, offset: number): number {
  if (batchNo + offset <= BATCH_NO_MAX) return batchNo + offset;
  throw new RangeError('The batch numbers of these files are too high to be joined.');
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
