import { createHash } from 'node:crypto';

export const GENESIS_HASH = '0'.repeat(64);

export type EvidenceRow = {
  number: number;
  kind: string;
  subject: string;
  actor: string;
  details: Record<string, unknown>;
  at: Date;
  previousHash: string;
};

/** SHA-256 (hex) over one entry and the hash before it. Keys are sorted: jsonb does not keep their order. */
export function evidenceHash(row: EvidenceRow): string {
  const { number, kind, subject, actor, details, at, previousHash } = row;
  const text = JSON.stringify([
    number,
    kind,
    subject,
    actor,
    sorted(details),
    at.toISOString(),
    previousHash,
  ]);
  return createHash('sha256').update(text).digest('hex');
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}
