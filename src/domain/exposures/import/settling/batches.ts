import { FATES, missedItsReader } from '../fates.ts';

export type BatchFigures = {
  batches: number;
  stopped: number;
  /** Copies: an address once in each batch. */
  copies: number;
  bounced: number;
  smallest: number;
  median: number;
  largest: number;
};

/** One leaked message as it is written. */
export type BatchRow = {
  batchNo: number;
  size: number;
  delivered: number;
  stopped: boolean;
  sentAt: Date | null;
};

const FIRST_SLOTS = 1024;
/** Of an even spread of numbers over the slots (Knuth). */
const SPREAD = 2654435761;

/** The leaked batches of an import, at 25 bytes for each: there can be as many as there are messages. */
export class Batches {
  #slots = new Int32Array(FIRST_SLOTS).fill(-1);
  #count = 0;
  #numbers = new Int32Array(FIRST_SLOTS / 2);
  #sizes = new Int32Array(FIRST_SLOTS / 2);
  #delivered = new Int32Array(FIRST_SLOTS / 2);
  #bounced = new Int32Array(FIRST_SLOTS / 2);
  /** 1 as long as every copy was stopped. */
  #stopped = new Uint8Array(FIRST_SLOTS / 2);
  #sentAt = new Float64Array(FIRST_SLOTS / 2);

  /** Counts one copy. `sentAt` in milliseconds, NaN where nothing is said. */
  count(batchNo: number, fate: number, sentAt: number): void {
    const index = this.#indexFor(batchNo);
    this.#sizes[index]! += 1;
    if (!missedItsReader(fate)) this.#delivered[index]! += 1;
    if (fate === FATES.bounced) this.#bounced[index]! += 1;
    if (fate !== FATES.stopped) this.#stopped[index] = 0;
    // Compared so that NaN gives way to every moment.
    if (!(this.#sentAt[index]! <= sentAt) && !Number.isNaN(sentAt)) this.#sentAt[index] = sentAt;
  }

  has(batchNo: number): boolean {
    return this.#find(batchNo) !== -1;
  }

  isStopped(batchNo: number): boolean {
    const index = this.#find(batchNo);
    return index !== -1 && this.#stopped[index] === 1;
  }

  figures(): BatchFigures {
    const sizes = this.#sizes.slice(0, this.#count).sort();
    return {
      batches: this.#count,
      stopped: this.#stopped.subarray(0, this.#count).reduce((total, stopped) => total + stopped, 0),
      copies: sizes.reduce((total, size) => total + size, 0),
      bounced: this.#bounced.subarray(0, this.#count).reduce((total, bounced) => total + bounced, 0),
      smallest: sizes[0] ?? 0,
      median: sizes[Math.ceil(sizes.length / 2) - 1] ?? 0,
      largest: sizes.at(-1) ?? 0,
    };
  }

  /** In the order of their numbers. */
  *rows(): Generator<BatchRow> {
    const order = this.#numbers.slice(0, this.#count).sort();
    for (const batchNo of order) {
      const index = this.#find(batchNo);
      const stopped = this.#stopped[index] === 1;
      const sentAt = this.#sentAt[index]!;
      yield {
        batchNo,
        size: this.#sizes[index]!,
        delivered: this.#delivered[index]!,
        stopped,
        sentAt: stopped || Number.isNaN(sentAt) ? null : new Date(sentAt),
      };
    }
  }

  #find(batchNo: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = (Math.imul(batchNo, SPREAD) >>> 0) & mask; ; slot = (slot + 1) & mask) {
      const index = this.#slots[slot]!;
      if (index === -1 || this.#numbers[index] === batchNo) return index;
    }
  }

  #indexFor(batchNo: number): number {
    const found = this.#find(batchNo);
    if (found !== -1) return found;
    if (this.#count === this.#numbers.length) this.#grow();
    const index = this.#count;
    this.#count += 1;
    this.#numbers[index] = batchNo;
    this.#stopped[index] = 1;
    this.#sentAt[index] = Number.NaN;
    this.#place(index);
    return index;
  }

  #place(index: number): void {
    const mask = this.#slots.length - 1;
    let slot = (Math.imul(this.#numbers[index]!, SPREAD) >>> 0) & mask;
    while (this.#slots[slot] !== -1) slot = (slot + 1) & mask;
    this.#slots[slot] = index;
  }

  #grow(): void {
    const room = this.#numbers.length * 2;
    const wider = <Values extends Int32Array | Uint8Array | Float64Array>(into: Values, from: Values) => {
      into.set(from);
      return into;
    };
    this.#numbers = wider(new Int32Array(room), this.#numbers);
    this.#sizes = wider(new Int32Array(room), this.#sizes);
    this.#delivered = wider(new Int32Array(room), this.#delivered);
    this.#bounced = wider(new Int32Array(room), this.#bounced);
    this.#stopped = wider(new Uint8Array(room), this.#stopped);
    this.#sentAt = wider(new Float64Array(room), this.#sentAt);
    this.#slots = new Int32Array(room * 2).fill(-1);
    for (let index = 0; index < this.#count; index += 1) this.#place(index);
  }
}
