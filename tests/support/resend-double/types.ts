import type { createFaults, ResendFaults } from './faults.ts';
import type { createKeys } from './keys.ts';
import type { createRate } from './rate.ts';
import type { ReceivedMessage } from './rules.ts';

/** One message that this provider has accepted and would deliver. */
export type LedgerEntry = {
  providerId: string;
  to: string;
  subject: string;
  tags: Record<string, string>;
  idempotencyKey: string;
  /** In its request. */
  position: number;
  /** Absent when `keepMessages` is off. */
  message?: ReceivedMessage;
};

export type ReceivedRequest = {
  at: number;
  method: string;
  path: string;
  idempotencyKey: string | undefined;
  /** How many messages it carried. */
  messages: number;
  /** What was answered; 0 when the connection was dropped or stays silent. */
  status: number;
};

export type ResendDoubleOptions = {
  port?: number;
  /** Any key is taken when this is absent. */
  apiKey?: string;
  /** `null` for none. Resend's default is 10. */
  requestsPerSecond?: number | null;
  keyLifetimeMs?: number;
  seed?: number;
  /** Off for benchmarks: bodies are then forgotten. */
  keepMessages?: boolean;
};

export type ResendDouble = {
  url: string;
  ledger: LedgerEntry[];
  requests: ReceivedRequest[];
  /** What must never have been sent. A test that uses the double ends by expecting this to be empty. */
  violations: string[];
  faults: ResendFaults;
  /** As if 24 hours had passed since every key was first used. */
  expireKeys(): void;
  close(): Promise<void>;
};

/** What the parts of the double share. */
export type State = Pick<ResendDouble, 'ledger' | 'requests' | 'violations'> & {
  options: ResendDoubleOptions;
  faults: ReturnType<typeof createFaults>;
  keys: ReturnType<typeof createKeys>;
  rate: ReturnType<typeof createRate>;
  byId: Map<string, LedgerEntry>;
};
