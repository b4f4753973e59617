import type { Delivered } from '../readers/lines.ts';
import type { Measures } from '../rules.ts';
import { FATES } from './fates.ts';

/**
 * Lines on their way from the thread that reads them to the one that settles them: columns, because a thousand small objects
 * take as long to hand over as to read. What does not stand in a line is blank, 0, NaN or absent.
 */
export type Block = {
  kind: 'listed' | 'told';
  lines: number;
  /** A line for each: addresses hold no line break. */
  addresses: string;
  /** 0: every batch. Only in what is told. */
  batchNos: Int32Array;
  /** Of `FATES`. */
  fates: Uint8Array;
  /** Milliseconds. */
  sentAt: Float64Array;
  /** JSON, by the line's place in the block. */
  measures: Map<number, string>;
  /** A bit for each segment that a line speaks for. Absent: none does. */
  segments?: Uint8Array;
};

export type BlockLine = {
  address: string;
  batchNo: number;
  delivered: Delivered;
  sentAt?: Date | undefined;
  measures: Measures;
  segments?: number;
};

export function blockOf(kind: Block['kind'], lines: readonly BlockLine[]): Block {
  const addresses: string[] = [];
  const block: Block = {
    kind,
    lines: lines.length,
    addresses: '',
    batchNos: new Int32Array(lines.length),
    fates: new Uint8Array(lines.length),
    sentAt: new Float64Array(lines.length),
    measures: new Map(),
  };
  for (const [index, line] of lines.entries()) {
    addresses.push(line.address);
    block.batchNos[index] = line.batchNo;
    block.fates[index] = FATES[line.delivered];
    block.sentAt[index] = line.sentAt?.getTime() ?? Number.NaN;
    if (line.segments) (block.segments ??= new Uint8Array(lines.length))[index] = line.segments;
    for (const _name in line.measures) {
      block.measures.set(index, JSON.stringify(line.measures));
      break;
    }
  }
  block.addresses = addresses.join('\n');
  return block;
}
