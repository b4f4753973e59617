/** What can go wrong with a hand-over, and on which side of the acceptance. */
export type ResendFault =
  | 'drop before accepting'
  | 'drop after accepting'
  | '500 before accepting'
  | '500 after accepting'
  | 'html before accepting'
  | 'html after accepting'
  | 'truncated after accepting'
  | 'rate limit'
  /** Accepts and never answers. */
  | 'silence'
  /** Any other answer, without a body where it is undefined; nothing is accepted. */
  | { status: number; body: unknown; headers?: Record<string, string> };

export type ResendFaults = {
  /** One for each of the next hand-overs, in order; `undefined` lets one pass. */
  next: (ResendFault | undefined)[];
  /** The share of hand-overs (0 to 1) that each of these meets, drawn from a seed. */
  shares: Partial<Record<Extract<ResendFault, string>, number>>;
  /** Between acceptance and answer. */
  delayMs: number;
  /** Mailboxes that this provider does not take: 422 for the whole request, as in strict validation. */
  refused: Set<string>;
  /** Whether such a 422 says which message it was. Resend does not promise it. */
  namesRefused: boolean;
};

export function createFaults({ seed = 1 }: { seed?: number } = {}): ResendFaults & {
  take(): ResendFault | undefined;
} {
  const random = seededRandom(seed);
  return {
    next: [],
    shares: {},
    delayMs: 0,
    refused: new Set(),
    namesRefused: false,
    take() {
      if (this.next.length > 0) return this.next.shift();
      let draw = random();
      for (const [fault, share] of Object.entries(this.shares) as [Extract<ResendFault, string>, number][]) {
        if (draw < share) return fault;
        draw -= share;
      }
      return undefined;
    },
  };
}

/** mulberry32: the same faults in the same order for the same seed. */
function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
